// The list of people: by status or by a search.

import * as api from "./api.js";
import { address, el, replace } from "./dom.js";
import { capitalised, day, number } from "./format.js";
import {
  busy,
  button,
  checkbox,
  chip,
  chooseSegment,
  dialog,
  empty,
  field,
  heading,
  linkButton,
  listing,
  segments,
  showProblem,
  textInput,
  toast,
  told,
} from "./parts.js";
import { t } from "./words.js";

const STATUSES = ["active", "pending", "unsubscribed", "bounced", "complained"];
const PAGE = 50;
const MIN_SEARCH = 2;
const TYPING_PAUSE = 300;
// The API looks at 5,000 people in turn: a search goes on by itself until it has a page, or has looked at 20,000.
const MAX_TURNS = 4;

export function showSubscribers({ main, query, signal }) {
  let status = STATUSES.includes(query.get("status")) ? query.get("status") : "";
  const results = el("div", { class: "results" });
  const search = field(t("Search"), el("input", { type: "search", autocomplete: "off", spellcheck: "false" }), {
    hint: t("Part of an address or a name, at least two letters. People of every status are searched."),
  });
  let typing = 0;
  search.input.addEventListener("input", () => {
    clearTimeout(typing);
    // A search looks at everybody, and says so.
    if (search.input.value.trim() && status) setStatus("");
    typing = setTimeout(show, TYPING_PAUSE);
  });
  const setStatus = (chosen) => {
    status = chosen;
    chooseSegment(statuses, chosen);
    history.replaceState(null, "", chosen ? `#/subscribers?status=${chosen}` : "#/subscribers");
  };
  const statuses = segments(
    t("Status"),
    [["", t("All")], ...STATUSES.map((each) => [each, capitalised(t(each))])],
    status,
    (chosen) => {
      setStatus(chosen);
      search.input.value = "";
      show();
    },
  );
  const exports = el("div");
  replace(
    main,
    heading(
      t("Subscribers"),
      button(t("Add person"), async (event) => {
        const settings = await busy(event.currentTarget, () => api.get("settings", {}, signal));
        if (settings) await addPerson(settings.list.topics);
      }),
      linkButton(t("Segments"), "#/segments"),
      linkButton(t("Import"), "#/subscribers/import"),
      button(t("Export"), (event) => startExport(event.currentTarget, exports, () => status, signal)),
    ),
    exports,
    el("div", { class: "filters" }, statuses, search.root),
    results,
  );

  function show() {
    const text = search.input.value.trim();
    if (text.length === 1) return;
    const isSearch = text.length >= MIN_SEARCH;
    const asked = isSearch ? { search: text } : { status };
    const place = el("div");
    replace(results, place);
    listing({
      place,
      caption: t("Subscribers"),
      noun: ["person", "people"],
      columns: columns(),
      fetch: async (cursor) => {
        const rows = [];
        for (let turn = 0; turn < MAX_TURNS; turn += 1) {
          const page = await api.get("subscribers", { ...asked, limit: PAGE - rows.length, cursor }, signal);
          rows.push(...page.subscribers);
          cursor = page.cursor;
          if (!isSearch || !cursor || rows.length >= PAGE || !place.isConnected) break;
        }
        return { rows, cursor };
      },
      nothing: () => nothing(text, status),
      ...(isSearch ? { onward: t("Search on"), unfinished: (count) => t("{count} found so far.", { count }) } : {}),
    });
  }
  show();
}

const columns = () => [
  {
    title: t("Person"),
    cell: (person) =>
      el(
        "a",
        { class: "person", href: `#/subscribers/${api.piece(person.email)}` },
        address(person.email),
        person.name && el("bdi", { class: "quiet-text" }, person.name),
      ),
  },
  { title: t("Status"), cell: (person) => chip(person.status) },
  { title: t("Topics"), cell: (person) => el("bdi", {}, (person.topics ?? []).join(", ") || "–") },
  { title: t("Since"), class: "date", cell: (person) => day(person.subscribed_date) },
];

function nothing(text, status) {
  if (text.length >= MIN_SEARCH) {
    return empty(t("Nobody found."), t("No address and no name contains “{text}”.", { text }));
  }
  if (status) return empty(t("Nobody here."), t("Nobody on the list is in this state."));
  return empty(
    t("The list is empty."),
    t("Import the people you know, add someone by hand, or put the sign-up form on your site."),
    linkButton(t("Import people"), "#/subscribers/import", "primary"),
    linkButton(t("Get the sign-up form"), "#/settings"),
  );
}

// What it means for a person to have none.
export const NO_TOPIC = "Without any topic, a person gets only newsletters that go to everyone.";

async function addPerson(offered) {
  const email = field(t("Email address"), el("input", { type: "email", required: true, autocomplete: "off" }));
  const name = field(t("Name"), textInput({ autocomplete: "off" }), { optional: true });
  const choices = offered.map((topic) => ({
    topic: topic.name,
    ...checkbox(topic.name, false, null, topic.description),
  }));
  const topics = choices.length
    ? el(
      "fieldset",
      {},
      el("legend", {}, t("Topics")),
      el("p", { class: "hint" }, t(NO_TOPIC)),
      choices.map(({ root }) => root),
    )
    : null;
  const vouched = checkbox(
    t("This person has agreed to get the newsletter"),
    false,
    null,
    t("You vouch for their consent."),
  );
  vouched.input.required = true;
  const added = await dialog({
    title: t("Add a person"),
    body: [email.root, name.root, topics, vouched.root],
    action: t("Add"),
    confirm: async () => {
      try {
        return await api.post("subscribers", {
          email: email.input.value.trim(),
          name: name.input.value.trim(),
          topics: choices.filter(({ input }) => input.checked).map(({ topic }) => topic),
        });
      } catch (error) {
        if (error.code === "invalid_address") error.details = { field: "email" };
        if (!showProblem(error, { name, email })) throw error;
        throw told();
      }
    },
  });
  if (!added) return;
  toast(t("{email} is on the list.", { email: added.email }));
  location.hash = `#/subscribers/${api.piece(added.email)}`;
}

// An export takes a while for a long list: it is watched until its file can be fetched.
async function startExport(trigger, place, status, signal) {
  await busy(trigger, async () => {
    replace(place, el("p", { class: "notice info", role: "status" }, t("Preparing the export …")));
    let job = await api.post("subscribers/export", { status: status() });
    while (job.status === "running") {
      await new Promise((resolve) => setTimeout(resolve, 1000));
      if (signal.aborted) return;
      job = await api.get(`subscribers/export/${api.piece(job.id)}`, {}, signal);
    }
    if (job.status !== "done") throw new Error("The export failed.");
    const download = el("a", { href: job.url, download: "subscribers.csv" }, t("Download the file"));
    const words = t("{count} people exported. The link works for an hour.", { count: number(job.rows) });
    replace(place, el("p", { class: "notice done", role: "status" }, `${words} `, download));
    download.focus();
  });
  if (place.querySelector(".info")) replace(place);
}
