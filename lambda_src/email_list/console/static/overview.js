// The overview: how the list grows, how healthy it is, what went out last, and what needs a person.

import * as api from "./api.js";
import { lines, shares } from "./charts.js";
import { el, replace } from "./dom.js";
import { counted, number, percent, when } from "./format.js";
import { card, chip, empty, facts, heading, linkButton, load, notice, segments } from "./parts.js";

const DAY = 24 * 60 * 60 * 1000;
const RANGES = [["30", "30 days"], ["90", "90 days"], ["365", "A year"]];
const LAST = 5;

export function showOverview({ main, signal }) {
  const [attention, figures, growth, health, last] = [el("div"), el("div"), el("div"), el("div"), el("div")];
  const show = (days) =>
    load(growth, () => analytics(Number(days), signal), (found) => showAnalytics(found, { figures, growth, health }));
  replace(
    main,
    heading("Overview", linkButton("New campaign", "#/campaigns/new", "primary")),
    attention,
    figures,
    card("Growth", segments("Range", RANGES, "30", show), growth),
    el("div", { class: "columns even" }, card("Last campaigns", last), card("List health", health)),
  );
  show("30");
  load(
    last,
    () => api.get("campaigns", { limit: LAST }, signal),
    (page) => replace(last, lastCampaigns(page.campaigns)),
  );
  api.get("settings", {}, signal).then((settings) => replace(attention, warnings(settings)), () => {});
}

const isoDay = (moment) => new Date(moment).toISOString().slice(0, 10);

const analytics = (days, signal) =>
  api.get("analytics", { from: isoDay(Date.now() - (days - 1) * DAY), to: isoDay(Date.now()) }, signal);

function showAnalytics(found, places) {
  replace(places.figures, figuresOf(found));
  replace(places.growth, growthOf(found));
  replace(places.health, healthOf(found));
}

function figuresOf({ totals, growth, engagement, days }) {
  const over = `in ${days.length} days`;
  const { counts, rates } = engagement;
  const shown = [
    ["On the list", number(totals.active), `${signed(growth.net)} ${over}`],
    ["Joined", number(growth.joined), over],
    ["Left", number(growth.left), over],
    ["Mails sent", number(counts.sent), `${counted(engagement.campaigns, "campaign")} ${over}`],
    ...(counts.opened ? [["Opened", share(rates.open_rate), "of the mails delivered"]] : []),
    ...(counts.clicked ? [["Clicked", share(rates.click_rate), "of the mails delivered"]] : []),
  ];
  return el(
    "dl",
    { class: "figures" },
    shown.map(([term, value, hint]) =>
      el("div", { class: "figure" }, el("dt", {}, term), el("dd", {}, value), el("dd", {}, hint))
    ),
  );
}

const signed = (value) => (value > 0 ? `+${number(value)}` : number(value));
const share = (rate, digits = 1) => (rate === null ? "–" : percent(rate, 1, digits));

function growthOf({ days, totals }) {
  const isEmpty = !totals.active && days.every(({ joined, left }) => !joined && !left);
  if (isEmpty) {
    return empty(
      "Nobody has joined yet.",
      "The line begins with your first subscriber.",
      linkButton("Import people", "#/subscribers/import"),
      linkButton("Get the sign-up form", "#/settings"),
    );
  }
  return [
    lines("People on the list", days.map(({ date }) => date), [
      { name: "On the list", kind: "main", values: days.map(({ active }) => active) },
    ]),
    lines("Joining and leaving", days.map(({ date }) => date), [
      { name: "Joined", kind: "good", values: days.map(({ joined }) => joined) },
      { name: "Left", kind: "bad", values: days.map(({ left }) => left) },
    ]),
  ];
}

const STATUSES = [
  ["active", "Active", "good"],
  ["pending", "Not confirmed yet", "calm"],
  ["unsubscribed", "Left", "quiet"],
  ["bounced", "Cannot be reached", "warn"],
  ["complained", "Reported as spam", "bad"],
];

// Amazon SES reviews an account from these shares on (SES developer guide, "Reputation metrics").
const BOUNCE_REVIEW = 0.05;
const COMPLAINT_REVIEW = 0.001;

function healthOf({ totals, engagement }) {
  const everybody = Object.values(totals).reduce((sum, count) => sum + count, 0);
  if (!everybody) return empty("Nobody is on the list.", "Who is active, has left, or cannot be reached.");
  const { bounce_rate: bounced, complaint_rate: complained } = engagement.rates;
  return [
    shares("People by status", STATUSES.map(([status, name, kind]) => ({ name, kind, value: totals[status] ?? 0 }))),
    facts([
      ["Bounce rate", bounced !== null && verdict(bounced, BOUNCE_REVIEW, 1)],
      ["Spam reports", complained !== null && verdict(complained, COMPLAINT_REVIEW, 2)],
    ].filter(([, value]) => value)),
  ];
}

function verdict(rate, limit, digits) {
  const words = rate < limit ? "" : `, from ${share(limit, digits)} on Amazon SES looks into it`;
  return [
    el("span", { class: `chip ${rate < limit ? "good" : "bad"}` }, share(rate, digits)),
    el("span", { class: "quiet-text" }, ` of the mails sent${words}`),
  ];
}

function lastCampaigns(campaigns) {
  if (!campaigns.length) {
    return empty(
      "No campaigns yet.",
      "Your last letters are listed here.",
      linkButton("Write the first one", "#/campaigns/new"),
    );
  }
  return [
    el("ul", { class: "rows-of-links" }, campaigns.map(campaignLine)),
    el("p", { class: "more" }, el("a", { href: "#/campaigns" }, "All campaigns")),
  ];
}

function campaignLine(campaign) {
  const { status, subject, counts } = campaign;
  const moment = status === "scheduled"
    ? `for ${when(campaign.schedule_at)}`
    : when(campaign.started_at ?? campaign.created_at);
  const reached = counts.planned ? `${number(counts.sent)} of ${number(counts.planned)} sent, ` : "";
  return el(
    "li",
    {},
    el("a", { href: `#/campaigns/${campaign.id}` }, el("bdi", {}, subject)),
    chip(status),
    el("span", { class: "quiet-text" }, reached + moment),
  );
}

function warnings({ sender, account }) {
  return [
    !sender.verified &&
    notice(
      "warning",
      `Amazon SES has not verified ${sender.identity} yet, so nothing can be sent. `,
      el("a", { href: "#/settings" }, "What to do"),
    ),
    account.in_sandbox &&
    notice(
      "warning",
      "The SES account is in the sandbox: only verified addresses get mail. ",
      el("a", { href: "#/settings" }, "What to do"),
    ),
    !account.sending_enabled &&
    notice(
      "problem",
      "Amazon SES has stopped sending for this account. ",
      el("a", { href: "#/settings" }, "What to do"),
    ),
  ];
}
