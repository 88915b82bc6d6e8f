// The overview: how the list grows, how healthy it is, what went out last, and what needs a person.

import * as api from "./api.js";
import { lines, shares } from "./charts.js";
import { el, replace } from "./dom.js";
import { number, when } from "./format.js";
import { card, chip, empty, heading, linkButton, load, notice, segments } from "./parts.js";

const DAY = 24 * 60 * 60 * 1000;
const RANGES = [["30", "30 days"], ["90", "90 days"], ["365", "A year"]];
const LAST = 5;

export function showOverview({ main, signal }) {
  const [attention, figures, growth, health, last] = [el("div"), el("div"), el("div"), el("div"), el("div")];
  const show = (days) => load(growth, () => analytics(Number(days), signal), (found) => showAnalytics(found, { figures, growth, health }));
  replace(
    main,
    heading("Overview", linkButton("New campaign", "#/campaigns/new", "primary")),
    attention,
    figures,
    card("Growth", segments("Range", RANGES, "30", show), growth),
    el("div", { class: "columns even" }, card("Last campaigns", last), card("List health", health)),
  );
  show("30");
  load(last, () => api.get("campaigns", { limit: LAST }, signal), (page) => replace(last, lastCampaigns(page.campaigns)));
  api.get("settings", {}, signal).then((settings) => replace(attention, warnings(settings)), () => {});
}

const isoDay = (moment) => new Date(moment).toISOString().slice(0, 10);

// Null where the stack gives no analytics.
async function analytics(days, signal) {
  try {
    return await api.get("analytics", { from: isoDay(Date.now() - (days - 1) * DAY), to: isoDay(Date.now()) }, signal);
  } catch (error) {
    if (error.status === 404) return null;
    throw error;
  }
}

function showAnalytics(found, places) {
  if (!found) {
    replace(places.growth, empty("No figures yet.", "They appear here from the day the list counts its growth."));
    return replace(places.health, empty("No figures yet.", "How many are active, have left, or cannot be reached."));
  }
  return undefined;
}

function lastCampaigns(campaigns) {
  if (!campaigns.length) return empty("No campaigns yet.", "Your last letters are listed here.", linkButton("Write the first one", "#/campaigns/new"));
  return [el("ul", { class: "rows-of-links" }, campaigns.map(campaignLine)), el("p", { class: "more" }, el("a", { href: "#/campaigns" }, "All campaigns"))];
}

function campaignLine(campaign) {
  const { status, subject, counts } = campaign;
  const moment = status === "scheduled" ? `for ${when(campaign.schedule_at)}` : when(campaign.started_at ?? campaign.created_at);
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
    !sender.verified && notice("warning", `Amazon SES has not verified ${sender.identity} yet, so nothing can be sent. `, el("a", { href: "#/settings" }, "What to do")),
    account.in_sandbox && notice("warning", "The SES account is in the sandbox: only verified addresses get mail. ", el("a", { href: "#/settings" }, "What to do")),
    !account.sending_enabled && notice("problem", "Amazon SES has stopped sending for this account. ", el("a", { href: "#/settings" }, "What to do")),
  ];
}
