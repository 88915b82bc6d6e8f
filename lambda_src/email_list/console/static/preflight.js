// What is to be said of a letter before it is sent: errors, which stop it, warnings, and what sending will take.

import * as api from "./api.js";
import { el, replace } from "./dom.js";
import { dollars, number, weekday } from "./format.js";
import { button, card } from "./parts.js";
import { isOnLaptop } from "./pictures.js";
import { said, t } from "./words.js";

const ORDER = ["error", "warning", "note"];
const WORDS = { error: "To fix", warning: "To look at", note: "Good to know" };
const TONES = { error: "bad", warning: "warn", note: "quiet" };

const PARTS = {
  subject: "Subject",
  preheader: "Preview text",
  body: "Text",
  markdown: "Text",
  html: "HTML",
  text: "Plain text",
};

// Where something is, by the names of the fields.
export function placeOf({ part, line }) {
  const name = part in PARTS ? t(PARTS[part]) : part;
  return line ? t("{part}, line {line}", { part: name, line }) : name;
}

// Worth asking once more for: people have regretted it.
const UNUSUAL = ["many_readers", "no_test", "night"];

export const isUnusual = ({ findings }) => findings.filter(({ code }) => UNUSUAL.includes(code));

const priceOf = ({ price }) =>
  price?.most
    ? t("about {least}, or {most} in accounts made since July 2026", {
      least: dollars(price.least),
      most: dollars(price.most),
    })
    : t("less than a cent");

// A finding in words, with the figures of the `found` it is part of.
export const wordsOf = (finding, found) =>
  said(finding, {
    place: placeOf(finding),
    people: number(found.people),
    price: priceOf(found),
    start: weekday(found.starts_at),
    end: weekday(found.estimated_end),
    rate: number(found.rate_per_second),
  });

// Neither is a place in the letter.
const NOWHERE = ["", "letter", "schedule_at"];

// Everything that the API has `found`. `goTo` leads to a part of the letter.
export function findingsList(found, goTo = null) {
  // A moment that cannot be is told of at its field.
  const isOfMoment = ({ severity, part }) => severity === "error" && part === "schedule_at";
  const findings = found.findings.filter((each) => !isOnLaptop(each) && !isOfMoment(each));
  if (!findings.length) return el("p", { class: "quiet-text" }, t("Nothing to fix."));
  const sorted = [...findings].sort((one, other) => ORDER.indexOf(one.severity) - ORDER.indexOf(other.severity));
  return el(
    "ul",
    { class: "findings" },
    sorted.map((finding) => {
      const { severity, part, line } = finding;
      const canGo = goTo && severity !== "note" && !NOWHERE.includes(part);
      return el(
        "li",
        {},
        el("span", { class: `chip ${TONES[severity]}` }, t(WORDS[severity])),
        el("bdi", {}, wordsOf(finding, found)),
        canGo && button(t("Show me"), () => goTo(part, line), "chip-button"),
      );
    }),
  );
}

// What is to be said of the letter at a desk, as it is now: `root` shows it after each `check()`. `when` tells the moment
// at which it is to be sent, if that is known.
export function deskFindings(desk, signal, when = null) {
  const root = el("div");
  const check = async () => {
    if (!desk.hasContent()) return replace(root);
    const request = { ...desk.letter(), audience: desk.kept().audience, ...(when ? { schedule_at: when } : {}) };
    try {
      const found = await api.post("campaigns/preflight", request, { signal });
      return replace(root, card(t("Before you send it"), findingsList(found, desk.goTo)));
    } catch (error) {
      if (error.name !== "AbortError") replace(root);
      return undefined;
    }
  };
  return { root, check };
}
