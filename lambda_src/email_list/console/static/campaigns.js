// All campaigns, newest first.

import * as api from "./api.js";
import * as drafts from "./drafts.js";
import { el, replace } from "./dom.js";
import { number, when } from "./format.js";
import { chip, empty, heading, linkButton, listing, notice } from "./parts.js";
import { DRAFT } from "./write.js";

export function showCampaigns({ main, signal }) {
  const place = el("div");
  const results = el("div", { class: "results" }, place);
  const draft = drafts.read(DRAFT);
  replace(
    main,
    heading("Campaigns", linkButton("New campaign", "#/campaigns/new", "primary")),
    draft &&
      notice(
        "info",
        "You have a letter under way: ",
        el(
          "a",
          { href: "#/campaigns/new" },
          draft.subject ? el("bdi", {}, draft.subject) : "a draft without a subject",
        ),
        ".",
      ),
    results,
  );
  listing({
    place,
    caption: "Campaigns",
    noun: ["campaign", "campaigns"],
    columns: COLUMNS,
    fetch: async (cursor) => {
      const page = await api.get("campaigns", { cursor }, signal);
      return { rows: page.campaigns, cursor: page.cursor };
    },
    nothing: () =>
      empty(
        "No campaigns yet.",
        "A campaign is one letter to the people on your list.",
        linkButton("Write the first one", "#/campaigns/new", "primary"),
      ),
  });
}

const COLUMNS = [
  {
    title: "Subject",
    cell: (campaign) => el("a", { href: `#/campaigns/${campaign.id}` }, el("bdi", {}, campaign.subject)),
  },
  { title: "State", cell: (campaign) => chip(campaign.status) },
  {
    title: "Sent",
    class: "number",
    cell: (campaign) => `${number(campaign.counts.sent)} of ${number(campaign.counts.planned)}`,
  },
  {
    title: "When",
    class: "date",
    cell: (
      campaign,
    ) => (campaign.status === "scheduled"
      ? `for ${when(campaign.schedule_at)}`
      : when(campaign.started_at ?? campaign.created_at)),
  },
];
