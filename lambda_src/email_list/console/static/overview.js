// The overview: how the list grows, how healthy it is, what went out last, and what needs a person.

import * as api from "./api.js";
import { moment } from "./campaigns.js";
import { lines, shares } from "./charts.js";
import { el, replace } from "./dom.js";
import { capitalised, counted, number, percent } from "./format.js";
import { busy, button, card, chip, empty, facts, heading, linkButton, load, notice, segments, toast } from "./parts.js";
import { t } from "./words.js";

const DAY = 24 * 60 * 60 * 1000;
const RANGES = [["30", "30 days"], ["90", "90 days"], ["365", "A year"]];
const LAST = 5;

export function showOverview({ main, signal }) {
  const [attention, figures, growth, health, last] = [el("div"), el("div"), el("div"), el("div"), el("div")];
  const show = (days) =>
    load(growth, () => analytics(Number(days), signal), (found) => showAnalytics(found, { figures, growth, health }));
  const ranges = RANGES.map(([days, words]) => [days, t(words)]);
  replace(
    main,
    heading(t("Overview"), linkButton(t("New campaign"), "#/drafts/new", "primary")),
    attention,
    figures,
    card(t("Growth"), segments(t("Range"), ranges, "30", show), growth),
    el("div", { class: "columns even" }, card(t("Latest campaigns"), last), card(t("List health"), health)),
  );
  show("30");
  load(
    last,
    () => api.get("campaigns", { limit: LAST }, signal),
    (page) => replace(last, lastCampaigns(page.campaigns)),
  );
  api.get("settings", {}, signal).then((settings) => replace(attention, warnings(settings)), () => {});
}

const isoDay = (instant) => new Date(instant).toISOString().slice(0, 10);

const analytics = (days, signal) =>
  api.get("analytics", { from: isoDay(Date.now() - (days - 1) * DAY), to: isoDay(Date.now()) }, signal);

function showAnalytics(found, places) {
  replace(places.figures, figuresOf(found));
  replace(places.growth, growthOf(found));
  replace(places.health, healthOf(found));
}

function figuresOf({ totals, growth, engagement, days }) {
  const over = t("in {days} days", { days: days.length });
  const { counts, rates } = engagement;
  const shown = [
    [t("On the list"), number(totals.active), `${signed(growth.net)} ${over}`],
    [t("Joined"), number(growth.joined), over],
    [t("Left"), number(growth.left), over],
    [t("Emails sent"), number(counts.sent), `${counted(engagement.campaigns, "campaign")} ${over}`],
    ...(counts.opened ? [[t("Opened"), share(rates.open_rate), t("of the emails delivered")]] : []),
    ...(counts.clicked ? [[t("Clicked"), share(rates.click_rate), t("of the emails delivered")]] : []),
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
  const isQuiet = days.every(({ joined, left }) => !joined && !left);
  if (!totals.active && isQuiet) {
    return empty(
      t("Nobody has joined yet."),
      t("The line begins with your first subscriber."),
      linkButton(t("Import people"), "#/subscribers/import"),
      linkButton(t("Get the sign-up form"), "#/settings"),
    );
  }
  return [
    lines(t("People on the list"), days.map(({ date }) => date), [
      { name: t("On the list"), kind: "main", values: days.map(({ active }) => active) },
    ]),
    isQuiet
      ? el("p", { class: "quiet-text" }, t("Nobody joined or left on these days."))
      : lines(t("Joining and leaving"), days.map(({ date }) => date), [
        { name: t("Joined"), kind: "good", values: days.map(({ joined }) => joined) },
        { name: t("Left"), kind: "bad", values: days.map(({ left }) => left) },
      ]),
  ];
}

// Named as everywhere, with the tone of each.
const STATUSES = [
  ["active", "good"],
  ["pending", "calm"],
  ["unsubscribed", "quiet"],
  ["bounced", "warn"],
  ["complained", "bad"],
];

// Amazon SES reviews an account from these shares on (SES developer guide, "Reputation metrics").
const BOUNCE_REVIEW = 0.05;
const COMPLAINT_REVIEW = 0.001;

function healthOf({ totals, engagement }) {
  const everybody = Object.values(totals).reduce((sum, count) => sum + count, 0);
  if (!everybody) {
    return empty(t("Nobody is on the list."), t("Here you see who is active, has left, or cannot be reached."));
  }
  const { bounce_rate: bounced, complaint_rate: complained } = engagement.rates;
  const parts = STATUSES.map(([status, kind]) => ({
    name: capitalised(t(status)),
    kind,
    value: totals[status] ?? 0,
  }));
  return [
    shares(t("People by status"), parts),
    facts([
      [t("Hard bounces"), bounced !== null && verdict(bounced, BOUNCE_REVIEW, 1)],
      [t("Spam reports"), complained !== null && verdict(complained, COMPLAINT_REVIEW, 2)],
    ].filter(([, value]) => value)),
  ];
}

function verdict(rate, limit, digits) {
  const isFine = rate < limit;
  return [
    el("span", { class: `chip ${isFine ? "good" : "bad"}` }, share(rate, digits)),
    el(
      "span",
      { class: "quiet-text" },
      " ",
      isFine
        ? t("of the emails sent")
        : t("of the emails sent; from {limit} on, Amazon SES reviews the account", { limit: share(limit, digits) }),
    ),
  ];
}

function lastCampaigns(campaigns) {
  if (!campaigns.length) {
    return empty(
      t("No campaigns yet."),
      t("Your last letters are listed here."),
      linkButton(t("Write the first one"), "#/drafts/new"),
    );
  }
  return [
    el("ul", { class: "rows-of-links" }, campaigns.map(campaignLine)),
    el("p", { class: "more" }, el("a", { href: "#/campaigns" }, t("All campaigns"))),
  ];
}

function campaignLine(campaign) {
  const { status, subject, counts } = campaign;
  const reached = counts.planned &&
    t("{sent} of {planned} sent", { sent: number(counts.sent), planned: number(counts.planned) });
  return el(
    "li",
    {},
    el("a", { href: `#/campaigns/${campaign.id}` }, el("bdi", {}, subject)),
    chip(status),
    el("span", { class: "quiet-text" }, [reached, moment(campaign)].filter(Boolean).join(", ")),
  );
}

// Somebody is signing up made-up addresses; an administrator who has looked into it can let confirmations continue.
function bounced(confirmations) {
  const problems = el("div");
  const release = button(t("Send them again"), () =>
    busy(release, async () => {
      await api.patch("settings", { confirmations: "running" });
      shown.remove();
      toast(t("Confirmations are being sent again."));
    }, problems));
  const shown = notice(
    "problem",
    t("Sign-up confirmations are waiting: {count} of them bounced in the last 24 hours.", {
      count: number(confirmations.bounced_last_24_hours),
    }),
    " ",
    t("Somebody may be signing up addresses that do not exist. Confirmations resume after a day."),
    " ",
    release,
    problems,
  );
  return shown;
}

function waiting(cause) {
  const reasons = {
    pace: t("Many people have signed up at once. Their confirmations will be sent within the hour."),
    hour: t("Sign-up confirmations are waiting: this hour's limit is reached. They will be sent later."),
    day: t("Sign-up confirmations are waiting: the limit for 24 hours is reached. They will be sent later."),
    quota: t("Sign-up confirmations are waiting: their share of the daily quota is used up. They will be sent later."),
  };
  return reasons[cause] && notice("warning", reasons[cause]);
}

function warnings({ sender, account, confirmations }) {
  const toDo = () => el("a", { href: "#/settings" }, t("What to do"));
  return [
    confirmations.cause === "bounces" ? bounced(confirmations) : waiting(confirmations.cause),
    !sender.verified &&
    notice(
      "warning",
      t("Amazon SES has not verified {identity} yet, so nothing can be sent.", { identity: sender.identity }),
      " ",
      toDo(),
    ),
    account.in_sandbox &&
    notice("warning", t("The SES account is in the sandbox: only verified addresses receive email."), " ", toDo()),
    !account.sending_enabled &&
    notice("problem", t("Amazon SES has stopped sending for this account."), " ", toDo()),
  ];
}
