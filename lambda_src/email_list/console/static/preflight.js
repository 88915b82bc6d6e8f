// What is to be said of a letter before it is sent: errors, which stop it, warnings, and what sending will take.

import { el } from "./dom.js";
import { button } from "./parts.js";
import { t } from "./words.js";

const ORDER = ["error", "warning", "note"];
const WORDS = { error: "To fix", warning: "To look at", note: "Good to know" };
const TONES = { error: "bad", warning: "warn", note: "quiet" };

// Worth asking once more for: people have regretted it.
const UNUSUAL = ["many_readers", "no_test", "night"];

export const isUnusual = (findings) => findings.filter(({ code }) => UNUSUAL.includes(code));

// Neither is a place in the letter.
const NOWHERE = ["", "letter", "schedule_at"];

// `goTo` leads to a part of the letter.
export function findingsList(findings, goTo = null) {
  if (!findings.length) return el("p", { class: "quiet-text" }, t("Nothing to fix."));
  const sorted = [...findings].sort((one, other) => ORDER.indexOf(one.severity) - ORDER.indexOf(other.severity));
  return el(
    "ul",
    { class: "findings" },
    sorted.map((finding) => {
      const { severity, message, part, line } = finding;
      const canGo = goTo && severity !== "note" && !NOWHERE.includes(part);
      return el(
        "li",
        {},
        el("span", { class: `chip ${TONES[severity]}` }, t(WORDS[severity])),
        el("bdi", {}, message),
        canGo && button(t("Show me"), () => goTo(part, line), "chip-button"),
      );
    }),
  );
}
