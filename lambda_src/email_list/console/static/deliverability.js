// Deliverability: whether emails arrive, and the one thing to do first. The words come from the API.

import * as api from "./api.js";
import { breakable, el, replace } from "./dom.js";
import { calendarDay, number, percent, when } from "./format.js";
import { button, card, facts, heading, load, notice, table, toast } from "./parts.js";
import { language, t } from "./words.js";

const VERDICTS = {
  good: ["good", "Good"],
  found: ["good", "Found"],
  few: ["quiet", "Too few"],
  none: ["quiet", "Nothing known"],
  missing: ["bad", "Missing"],
  wrong: ["bad", "Wrong"],
  unknown: ["warn", "No answer"],
  sandbox: ["warn", "Sandbox"],
  unsigned: ["warn", "Not signed"],
  unverified: ["bad", "Not verified"],
  review: ["warn", "Review"],
  pause: ["bad", "Too many"],
  stopped: ["bad", "Stopped"],
};

export function showDeliverability({ main, signal }) {
  const body = el("div");
  const look = () =>
    load(body, () => api.get("deliverability", { language }, signal), (found) => replace(body, shown(found)));
  replace(
    main,
    heading(t("Deliverability"), button(t("Check again"), look)),
    el("p", { class: "lead" }, t("Whether your emails arrive, as far as the DNS and Amazon SES tell.")),
    body,
  );
  look();
}

function shown(found) {
  return [
    first(found.next),
    found.problems.map(({ message }) => notice("warning", message)),
    card(t("DNS records"), records(found.records)),
    el(
      "div",
      { class: "columns" },
      el("div", {}, sender(found.sender), found.account && account(found.account)),
      el(
        "div",
        {},
        found.warm_up && card(t("Warm-up"), el("p", {}, found.warm_up.message)),
        found.gmail && gmail(found.gmail),
        card(t("The last campaigns"), campaigns(found.campaigns)),
        recommended(found.recommendations),
      ),
    ),
    el("p", { class: "hint" }, t("Checked {when}.", { when: when(found.checked_at) })),
  ];
}

function first({ code, message }) {
  const title = el("strong", {}, t(code === "nothing" ? "All is well." : "What to do first"));
  return notice(code === "nothing" ? "done" : "warning", el("p", {}, title), el("p", {}, message));
}

function verdict(state) {
  const [tone, text] = VERDICTS[state];
  return el("span", { class: `chip ${tone}` }, t(text));
}

const code = (text) => el("code", { class: "address" }, breakable(text));

function records(found) {
  return table(t("DNS records"), [
    { title: t("What for"), cell: (record) => record.purpose },
    { title: t("State"), cell: (record) => verdict(record.state) },
    {
      title: t("Record"),
      cell: (record) => [code(record.name), ` ${record.type}`],
    },
    {
      title: t("What it means"),
      class: "prose",
      cell: (record) => [
        record.message,
        record.broken_since &&
        el("p", { class: "hint" }, t("It was right until {when}.", { when: when(record.broken_since) })),
        record.value && ["missing", "wrong"].includes(record.state) &&
        button(t("Copy the value"), () => copy(record.value), "chip-button"),
      ],
    },
  ], found);
}

async function copy(value) {
  await navigator.clipboard.writeText(value);
  toast(t("The value is copied."));
}

function sender(known) {
  return card(
    t("Sender"),
    el("p", {}, verdict(known.state), " ", known.message),
    facts([
      [t("Identity"), el("bdi", {}, breakable(known.identity))],
      [t("Bounces go to"), known.mail_from && code(known.mail_from)],
    ]),
  );
}

function account(known) {
  const { daily_quota: quota, sent_last_24_hours: sent } = known;
  return card(
    t("Account"),
    el("p", {}, verdict(known.state), " ", known.message),
    facts([
      [t("Pace"), t("Up to {rate} emails a second", { rate: number(Math.floor(known.rate_per_second)) })],
      [
        t("Sent in the last 24 hours"),
        quota === null ? number(sent) : t("{count} of {quota}", { count: number(sent), quota: number(quota) }),
      ],
    ]),
  );
}

const rate = (share) => percent(share ?? 0, 1, 2);

function campaigns(found) {
  if (!found.length) return el("p", { class: "quiet-text" }, t("No newsletter has been sent yet."));
  return table(t("The last campaigns"), [
    {
      title: t("Campaign"),
      cell: ({ id, subject }) => el("a", { href: `#/campaigns/${api.piece(id)}` }, el("bdi", {}, subject)),
    },
    { title: t("Bounced"), cell: (campaign) => rate(campaign.bounce_rate) },
    { title: t("Reported as spam"), cell: (campaign) => rate(campaign.complaint_rate) },
    {
      title: t("State"),
      class: "prose",
      cell: ({ state, message }) => [verdict(state), state !== "good" && el("p", { class: "hint" }, message)],
    },
  ], found);
}

function gmail({ state, message, days }) {
  return card(
    t("Reported as spam at Gmail"),
    el("p", {}, verdict(state), " ", message),
    days.length > 0 &&
      table(t("Reported as spam at Gmail"), [
        { title: t("Day"), cell: ({ date }) => calendarDay(date) },
        { title: t("Reported as spam"), cell: ({ spam_rate: share }) => rate(share) },
      ], [...days].reverse()),
  );
}

function recommended(found) {
  return card(
    t("What Amazon SES recommends"),
    found.length
      ? el(
        "ul",
        {},
        found.map(({ type, resource, description }) => el("li", {}, `${type}, ${resource}: ${description}`)),
      )
      : el(
        "p",
        { class: "quiet-text" },
        t("Nothing. Amazon SES recommends something only with its Virtual Deliverability Manager, which costs extra."),
      ),
  );
}
