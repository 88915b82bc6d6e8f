// All drafts, the last changed first, and all campaigns, newest first.

import * as api from "./api.js";
import { bringBack, lastDiscarded, NEW, titleOf } from "./draft.js";
import { el, replace } from "./dom.js";
import { number, when } from "./format.js";
import * as local from "./local.js";
import {
  busy,
  button,
  card,
  chip,
  empty,
  field,
  heading,
  linkButton,
  listing,
  load,
  notice,
  segments,
  toast,
} from "./parts.js";
import { phrase, t } from "./words.js";

const TYPING_PAUSE = 300;
const DRAFTS = 50;
const OLD = "campaign";
const STATUSES = [
  ["", "All"],
  ["scheduled", "Scheduled"],
  ["sending", "Sending"],
  ["paused", "Paused"],
  ["sent", "Sent"],
  ["cancelled", "Cancelled"],
  ["archived", "Archived"],
];

export function showCampaigns({ main, query, signal }) {
  const [drafts, results] = [el("div"), el("div", { class: "results" })];
  let status = STATUSES.some(([name]) => name === query.get("status")) ? query.get("status") : "";
  let typing = 0;
  const search = field(t("Search"), el("input", { type: "search", autocomplete: "off" }), {
    hint: t("Words of the subject."),
  });
  search.input.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(show, TYPING_PAUSE);
  });
  const statuses = segments(t("Status"), STATUSES.map(([name, words]) => [name, t(words)]), status, (chosen) => {
    status = chosen;
    history.replaceState(null, "", chosen ? `#/campaigns?status=${chosen}` : "#/campaigns");
    show();
  });
  replace(
    main,
    heading(
      t("Campaigns"),
      linkButton(t("Feeds"), "#/feeds"),
      linkButton(t("New campaign"), "#/drafts/new", "primary"),
    ),
    drafts,
    el("div", { class: "filters" }, statuses, search.root),
    results,
  );
  showDrafts(drafts, signal);

  function show() {
    const place = el("div");
    replace(results, place);
    const isArchived = status === "archived";
    const asked = {
      status: isArchived ? "" : status,
      archived: isArchived ? "true" : "",
      search: search.input.value.trim(),
    };
    listing({
      place,
      caption: t("Campaigns"),
      noun: ["campaign", "campaigns"],
      columns: columns(),
      fetch: async (cursor) => {
        const page = await api.get("campaigns", { ...asked, cursor }, signal);
        return { rows: page.campaigns, cursor: page.cursor };
      },
      nothing: () => (asked.search || status ? nothingFound(asked.search) : noCampaigns()),
    });
  }
  show();
}

const nothingFound = (words) =>
  empty(
    t("Nothing found."),
    words ? t("No campaign of this kind has “{words}” in its subject.", { words }) : t("No campaign is in this state."),
  );

const noCampaigns = () =>
  empty(
    t("No campaigns yet."),
    t("A campaign is one letter to the people on your list."),
    linkButton(t("Write the first one"), "#/drafts/new", "primary"),
  );

const columns = () => [
  {
    title: t("Subject"),
    cell: (campaign) => el("a", { href: `#/campaigns/${campaign.id}` }, el("bdi", {}, campaign.subject)),
  },
  { title: t("State"), cell: (campaign) => chip(campaign.status) },
  {
    title: t("Sent"),
    class: "number",
    cell: ({ counts }) => t("{sent} of {planned}", { sent: number(counts.sent), planned: number(counts.planned) }),
  },
  { title: t("When"), class: "date", cell: moment },
];

export const moment = (campaign) =>
  campaign.status === "scheduled"
    ? t("for {moment}", { moment: when(campaign.schedule_at) })
    : when(campaign.started_at ?? campaign.created_at);

// Drafts of the server; those that only this browser has; and the last one that was thrown away.
function showDrafts(place, signal) {
  load(place, async () => {
    await takeOver();
    return api.get("drafts", { limit: DRAFTS }, signal);
  }, ({ drafts, cursor }) => {
    const unsaved = local.names(NEW).map((copy) => ({ copy, ...local.read(copy) }));
    const list = el("ul", { class: "rows-of-links" }, unsaved.map(unsavedRow), drafts.map(row));
    const more = button(t("Show more"), () =>
      busy(more, async () => {
        const page = await api.get("drafts", { limit: DRAFTS, cursor }, signal);
        list.append(...page.drafts.map(row));
        cursor = page.cursor;
        more.hidden = !cursor;
      }));
    more.hidden = !cursor;
    replace(
      place,
      discardedNotice(),
      unsaved.length || drafts.length ? card(t("Drafts"), list, more) : null,
    );
  });
}

const row = (draft) =>
  el(
    "li",
    {},
    el("a", { href: `#/drafts/${draft.id}` }, el("bdi", {}, titleOf(draft))),
    el("span", { class: "quiet-text" }, t("Changed {moment}", { moment: when(draft.updated_at) })),
  );

const unsavedRow = (draft) =>
  el(
    "li",
    {},
    el("a", { href: `#/drafts/new?copy=${encodeURIComponent(draft.copy)}` }, el("bdi", {}, titleOf(draft))),
    chip("unsaved"),
    el("span", { class: "quiet-text" }, t("Only in this browser so far")),
  );

function discardedNotice() {
  const thrown = lastDiscarded();
  if (!thrown) return null;
  const undo = button(t("Bring it back"), () => busy(undo, bringBack));
  return notice(
    "info",
    phrase("You discarded {draft} {moment}.", { draft: el("bdi", {}, titleOf(thrown)), moment: when(thrown.at) }),
    " ",
    undo,
  );
}

// The one draft that older releases kept in the browser alone becomes one of the server's, once.
async function takeOver() {
  const old = local.read(OLD);
  if (!old) return;
  const { subject, preheader, body, template, values, defaults, topics = [], attributes = "", letter } = old;
  const content = template ? { template, values } : { body };
  const source = letter ??
    { ...(subject ? { subject } : {}), ...(preheader ? { preheader } : {}), ...content, defaults };
  const pairs = attributes.split("\n").map((line) => line.split("=")).filter(([, value]) => value !== undefined);
  const audience = old.audience ??
    { topics, attributes: Object.fromEntries(pairs.map(([name, ...rest]) => [name.trim(), rest.join("=").trim()])) };
  try {
    await api.post("drafts", { title: null, letter: source, audience });
    local.discard(OLD);
    toast(t("The draft of this browser is on the server now, for every device."));
  } catch (error) {
    if (error.status !== 422) throw error;
  }
}
