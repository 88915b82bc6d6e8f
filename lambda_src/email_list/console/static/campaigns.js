// All campaigns, newest first.

import * as api from "./api.js";
import * as drafts from "./local.js";
import { el, replace } from "./dom.js";
import { number, when } from "./format.js";
import { chip, empty, heading, linkButton, listing, notice } from "./parts.js";
import { phrase, t } from "./words.js";
import { DRAFT } from "./write.js";

export function showCampaigns({ main, signal }) {
  const place = el("div");
  const results = el("div", { class: "results" }, place);
  const draft = drafts.read(DRAFT);
  replace(
    main,
    heading(t("Campaigns"), linkButton(t("New campaign"), "#/campaigns/new", "primary")),
    draft &&
      notice(
        "info",
        phrase("You are writing a letter: {draft}.", {
          draft: el(
            "a",
            { href: "#/campaigns/new" },
            draft.letter?.subject ? el("bdi", {}, draft.letter.subject) : t("a draft without a subject"),
          ),
        }),
      ),
    results,
  );
  listing({
    place,
    caption: t("Campaigns"),
    noun: ["campaign", "campaigns"],
    columns: columns(),
    fetch: async (cursor) => {
      const page = await api.get("campaigns", { cursor }, signal);
      return { rows: page.campaigns, cursor: page.cursor };
    },
    nothing: () =>
      empty(
        t("No campaigns yet."),
        t("A campaign is one letter to the people on your list."),
        linkButton(t("Write the first one"), "#/campaigns/new", "primary"),
      ),
  });
}

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
