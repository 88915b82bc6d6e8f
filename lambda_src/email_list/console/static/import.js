// Importing people from a CSV file of any size: it is sent in parts, each of which is followed until it is done.

import * as api from "./api.js";
import { cut, decode } from "./csv.js";
import { el, replace } from "./dom.js";
import { counted, number, when } from "./format.js";
import { back, busy, card, chip, dialog, empty, facts, field, heading, load, notice, table, told } from "./parts.js";

const PART = 3_000_000;
// Bytes of one request; the API takes 5 MB.

const POLL = 1000;
const OUTCOMES = [
  ["added", "added"],
  ["existing", "on the list already"],
  ["duplicate", "twice in the file"],
  ["stopped", "taken off the list, as the file says that they left, bounced or complained"],
  ["suppressed", "not added: they left, bounced, complained or were erased"],
  ["invalid", "with a mistake"],
];

const READ_AS = {
  email: "email address",
  first_name: "name",
  last_name: "name",
  perhaps_status: "status",
  unsubscribed: "has left",
  complained: "complained",
  permission: "may be emailed",
  ignored: "not imported",
};

export function showImport({ main, signal }) {
  const file = field("CSV file", el("input", { type: "file", accept: ".csv,text/csv,text/plain", required: true }), {
    hint:
      "The first row names the columns. Exports of other newsletter services are understood as they are; in a file of your own, name the columns email, name and topics (separated by |). Other columns become attributes.",
  });
  const progress = el("div", { "aria-live": "polite" });
  const problems = el("div");
  const past = el("div");
  const start = el("button", { type: "submit", class: "primary" }, "Import");
  const submit = (event) => {
    event.preventDefault();
    const [chosen] = file.input.files;
    file.problem(chosen ? "" : "Choose a file first.");
    if (!chosen) return undefined;
    replace(progress);
    return busy(start, async () => {
      try {
        await importFile(await readFile(chosen, file), progress, signal);
      } finally {
        progress.querySelector(".info")?.remove();
      }
      showPast();
    }, problems);
  };
  const showPast = () =>
    load(past, () => api.get("subscribers/import", {}, signal), (found) => replace(past, pastImports(found.imports)));
  replace(
    main,
    back("#/subscribers", "Subscribers"),
    heading("Import people"),
    el(
      "p",
      { class: "lead" },
      "Import only people who have agreed to get your newsletter: you answer for their consent. Nobody who left, bounced or complained comes back by an import.",
    ),
    card("File", el("form", { onsubmit: submit }, file.root, problems, start), progress),
    card("Past imports", past),
  );
  showPast();
}

// The bytes of a file in UTF-8, which is what the API reads. Nothing is guessed: a file that is in another encoding is
// shown to the reader first.
async function readFile(file, input) {
  const { text, samples } = decode(new Uint8Array(await file.arrayBuffer()));
  if (samples.length && !await readsRight(samples)) {
    input.problem('This file is not UTF-8 text. In your spreadsheet, save it as "CSV UTF-8", then choose it again.');
    throw told();
  }
  return new TextEncoder().encode(text);
}

function readsRight(samples) {
  return dialog({
    title: "Are these words spelled right?",
    body: [
      el("p", {}, "The file does not say which encoding it is in. Read as Windows text, it has these words:"),
      el("ul", {}, samples.map((word) => el("li", {}, el("bdi", {}, word)))),
    ],
    action: "Yes, import",
    dismiss: "No, cancel",
    confirm: () => true,
  });
}

async function importFile(bytes, place, signal) {
  const parts = cut(bytes, PART);
  const done = [];
  replace(place, notice("info", "Sending the file …", el("progress", { "aria-label": "Sending" })));
  for (const part of parts) {
    let job = await api.postCsv("subscribers/import", part);
    while (!["done", "failed"].includes(job.status)) {
      show(place, [...done, job], parts.length);
      await new Promise((resolve) => setTimeout(resolve, POLL));
      if (signal.aborted) return;
      job = await api.get(`subscribers/import/${api.piece(job.id)}`, {}, signal);
    }
    done.push(job);
    show(place, done, parts.length);
    if (job.status === "failed") return;
  }
}

function show(place, jobs, expected) {
  const sum = (name) => jobs.reduce((total, job) => total + job[name], 0);
  const failed = jobs.find((job) => job.status === "failed");
  const over = failed || (jobs.length === expected && jobs.every((job) => job.status === "done"));
  const counts = OUTCOMES.filter(([name]) => sum(name)).map(([name, words]) =>
    el("li", {}, el("strong", {}, number(sum(name))), ` ${words}`)
  );
  const reports = jobs.filter((job) => job.report_url);
  const links = reports.map((job, index) =>
    el(
      "li",
      {},
      el(
        "a",
        { href: job.report_url, download: "import-report.csv" },
        reports.length > 1 ? `Report, part ${index + 1}` : "Report of the rows that were not added",
      ),
    )
  );
  const title = over ? (failed ? "The import has stopped." : "The import is done.") : "Importing …";
  replace(
    place,
    notice(
      failed ? "problem" : over ? "done" : "info",
      el(
        "p",
        {},
        el("strong", {}, title),
        ` ${counted(sum("rows"), "row")} read${expected > 1 ? `, part ${jobs.length} of ${expected}` : ""}.`,
      ),
      failed && el("p", {}, el("bdi", {}, failed.reason ?? "")),
      !over && el("progress", { "aria-label": "Importing" }),
      el("ul", {}, counts, links),
      columnsRead(jobs[0].columns),
    ),
  );
}

function columnsRead(columns) {
  const pairs = Object.entries(columns).map((
    [header, meaning],
  ) => [el("bdi", {}, header), el("bdi", {}, readAs(meaning))]);
  return el("details", {}, el("summary", {}, "How the columns were read"), facts(pairs));
}

function readAs(meaning) {
  const [kind, attribute] = meaning.split(".");
  if (kind === "attributes" && attribute) return `attribute ${attribute}`;
  return kind === "consent" ? "proof of consent" : READ_AS[meaning] ?? meaning;
}

function pastImports(imports) {
  if (!imports.length) return empty("No imports yet.", "What you import is listed here, with its counts and a report.");
  const columns = [
    { title: "Begun", class: "date", cell: (job) => when(job.created_at) },
    {
      title: "State",
      cell: (job) => [chip(job.status), job.reason && el("bdi", { class: "quiet-text" }, ` ${job.reason}`)],
    },
    { title: "Rows", class: "number", cell: (job) => number(job.rows) },
    { title: "Added", class: "number", cell: (job) => number(job.added) },
    { title: "Not added", class: "number", cell: (job) => number(job.rows - job.added) },
    {
      title: "Report",
      cell: (
        job,
      ) => (job.report_url ? el("a", { href: job.report_url, download: "import-report.csv" }, "Report") : "–"),
    },
  ];
  return table("Past imports", columns, imports);
}
