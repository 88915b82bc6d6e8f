// Who did what: every change by a token or an operator, newest first.

import * as api from "./api.js";
import { address, el, replace } from "./dom.js";
import { capitalised, when } from "./format.js";
import { empty, heading, listing } from "./parts.js";
import { t } from "./words.js";

export function showActivity({ main, signal }) {
  const place = el("div");
  replace(
    main,
    heading(t("Activity")),
    el("p", { class: "lead" }, t("What was changed in the last 400 days, and with which token.")),
    el("div", { class: "results" }, place),
  );
  listing({
    place,
    caption: t("Activity"),
    noun: ["change", "changes"],
    columns: columns(),
    fetch: async (cursor) => {
      const page = await api.get("audit", { cursor }, signal);
      return { rows: page.entries, cursor: page.cursor };
    },
    nothing: () => empty(t("Nothing yet."), t("Changes by administrators and operators will be listed here.")),
  });
}

const columns = () => [
  { title: t("When"), class: "date", cell: (entry) => when(entry.at) },
  {
    title: t("Who"),
    class: "date",
    cell: (entry) => (entry.scope === "invoke" ? t("an operator") : el("bdi", {}, entry.token)),
  },
  { title: t("What"), cell: (entry) => sentence(entry.operation) },
  { title: t("On"), cell: on },
];

const PERSON = /_subscriber(_by_id)?$|^(un)?subscribe$/;

// "change_subscriber_by_id" as people read it.
function sentence(operation) {
  const words = operation.replace(/_by_id$/, "").replaceAll("_", " ");
  return t(capitalised(words));
}

// What has a page of its own, by a word of the operation.
const PAGES = [
  ["campaign", "campaigns", "Campaign"],
  ["draft", "drafts", "Draft"],
  ["segment", "segments", "Segment"],
  ["sequence", "sequences", "Sequence"],
  ["feed", "feeds", "Feed"],
];

// A link where there is a page; ids say nothing to people, so only their ends are shown, to tell one from another.
function on({ operation, on: id }) {
  if (!id) return "–";
  const email = PERSON.test(operation) && api.emailOf(id);
  if (email) return link(`#/subscribers/${api.piece(email)}`, email);
  if (operation.includes("template")) return link(`#/templates/${api.piece(id)}`, id);
  const [, path, name] = PAGES.find(([word]) => operation.includes(word)) ?? [];
  const end = id.length > SHORT ? `…${id.slice(-SHORT)}` : id;
  if (!path) return el("bdi", { title: id }, end);
  const shown = `${t(name)} ${end}`;
  return operation.startsWith("delete") ? shown : link(`#/${path}/${api.piece(id)}`, shown);
}

const SHORT = 6;

const link = (href, text) => el("a", { href }, address(text));
