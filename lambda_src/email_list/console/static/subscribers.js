// The list of people: by status or by the beginning of an address.

import * as api from "./api.js";
import { el, replace } from "./dom.js";
import { day } from "./format.js";
import {
  busy,
  button,
  checkbox,
  chip,
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

const STATUSES = ["active", "pending", "unsubscribed", "bounced", "complained"];
const PAGE = 50;
const MIN_SEARCH = 2;
const TYPING_PAUSE = 300;

export function showSubscribers({ main, query, signal }) {
  let status = STATUSES.includes(query.get("status")) ? query.get("status") : "";
  const results = el("div", { class: "results" });
  const search = field("Search", el("input", { type: "search", autocomplete: "off", spellcheck: "false" }), {
    hint: "The beginning of an address, two letters or more.",
  });
  let typing = 0;
  search.input.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(show, TYPING_PAUSE);
  });
  const chooseStatus = (chosen) => {
    status = chosen;
    search.input.value = "";
    history.replaceState(null, "", chosen ? `#/subscribers?status=${chosen}` : "#/subscribers");
    show();
  };
  const exports = el("div");
  replace(
    main,
    heading(
      "Subscribers",
      button("Add person", async (event) => {
        const settings = await busy(event.currentTarget, () => api.get("settings", {}, signal));
        if (settings) await addPerson(settings.list.topics);
      }),
      linkButton("Import", "#/subscribers/import"),
      button("Export", (event) => startExport(event.currentTarget, exports, () => status, signal)),
    ),
    exports,
    el(
      "div",
      { class: "filters" },
      segments(
        "Status",
        [["", "All"], ...STATUSES.map((each) => [each, each[0].toUpperCase() + each.slice(1)])],
        status,
        chooseStatus,
      ),
      search.root,
    ),
    results,
  );

  function show() {
    const prefix = search.input.value.trim();
    if (prefix.length === 1) return;
    const asked = prefix.length >= MIN_SEARCH ? { search: prefix } : { status };
    const place = el("div");
    replace(results, place);
    listing({
      place,
      caption: "Subscribers",
      noun: ["person", "people"],
      columns: COLUMNS,
      fetch: async (cursor) => {
        const page = await api.get("subscribers", { ...asked, limit: PAGE, cursor }, signal);
        return { rows: page.subscribers, cursor: page.cursor };
      },
      nothing: () => nothing(prefix, status),
    });
  }
  show();
}

const COLUMNS = [
  {
    title: "Person",
    cell: (person) =>
      el(
        "a",
        { class: "person", href: `#/subscribers/${api.piece(person.email)}` },
        el("bdi", { class: "address" }, person.email),
        person.name && el("bdi", { class: "quiet-text" }, person.name),
      ),
  },
  { title: "Status", cell: (person) => chip(person.status) },
  { title: "Topics", cell: (person) => el("bdi", {}, (person.topics ?? []).join(", ") || "–") },
  { title: "Since", class: "date", cell: (person) => day(person.subscribed_date) },
];

function nothing(prefix, status) {
  if (prefix.length >= MIN_SEARCH) return empty("Nobody found.", `No address begins with “${prefix}”.`);
  if (status) return empty("Nobody here.", `No one on the list is ${status}.`);
  return empty(
    "The list is empty.",
    "Import the people you know, add someone by hand, or put the sign-up form on your site.",
    linkButton("Import people", "#/subscribers/import", "primary"),
    linkButton("Get the sign-up form", "#/settings"),
  );
}

async function addPerson(offered) {
  const email = field("Email address", el("input", { type: "email", required: true, autocomplete: "off" }));
  const name = field("Name", textInput({ autocomplete: "off" }), { optional: true });
  const choices = offered.map((topic) => ({
    topic: topic.name,
    ...checkbox(topic.name, false, null, topic.description),
  }));
  const topics = choices.length
    ? el("fieldset", {}, el("legend", {}, "Topics"), choices.map(({ root }) => root))
    : null;
  const vouched = checkbox(
    "This person has agreed to get the newsletter",
    false,
    null,
    "You answer for their consent.",
  );
  vouched.input.required = true;
  const added = await dialog({
    title: "Add a person",
    body: [email.root, name.root, topics, vouched.root],
    action: "Add",
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
  toast(`${added.email} is on the list.`);
  location.hash = `#/subscribers/${api.piece(added.email)}`;
}

// An export takes a while for a long list: it is watched until its file can be fetched.
async function startExport(trigger, place, status, signal) {
  await busy(trigger, async () => {
    replace(place, el("p", { class: "notice info", role: "status" }, "Preparing the export …"));
    let job = await api.post("subscribers/export", { status: status() });
    while (job.status === "running") {
      await new Promise((resolve) => setTimeout(resolve, 1000));
      if (signal.aborted) return;
      job = await api.get(`subscribers/export/${api.piece(job.id)}`, {}, signal);
    }
    if (job.status !== "done") throw new Error("The export failed. Try again.");
    const download = el("a", { href: job.url, download: "subscribers.csv" }, "Download the file");
    replace(
      place,
      el("p", { class: "notice done", role: "status" }, `${job.rows} people exported. `, download, " within an hour."),
    );
    download.focus();
  });
  if (place.querySelector(".info")) replace(place);
}
