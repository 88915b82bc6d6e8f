// Importing people from a CSV file of any size: it is sent in parts, each of which is followed until it is done.

import * as api from "./api.js";
import { el, replace } from "./dom.js";
import { counted, number, when } from "./format.js";
import { back, busy, card, chip, empty, field, heading, load, notice, table } from "./parts.js";

const PART = 3_000_000;
// Characters of one request; the API takes 5 MB.

const POLL = 1000;
const OUTCOMES = [
  ["added", "added"],
  ["existing", "on the list already"],
  ["duplicate", "twice in the file"],
  ["stopped", "taken off the list, as the file says that they left, bounced or complained"],
  ["suppressed", "left in peace: they left, bounced, complained or were erased"],
  ["invalid", "with a mistake"],
];

export function showImport({ main, signal }) {
  const file = field("CSV file", el("input", { type: "file", accept: ".csv,text/csv,text/plain", required: true }), {
    hint:
      "The first row names the columns: email, and if you like name and topics (separated by |). Any other column becomes an attribute.",
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
    return busy(start, async () => {
      try {
        await importFile(chosen, progress, signal);
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

async function importFile(file, place, signal) {
  const parts = splitCsv(decode(await file.arrayBuffer()), PART);
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

// Spreadsheets write UTF-8 or, on older systems, Windows' own letters.
function decode(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}

// Cut a file between rows, never inside of quotes; every part begins with the header row.
export function splitCsv(text, size) {
  if (text.length <= size) return [text];
  const parts = [];
  let header = "";
  let start = 0;
  let lastEnd = 0;
  let quoted = false;
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index];
    if (character === '"') quoted = !quoted;
    if (character !== "\n" || quoted) continue;
    const end = index + 1;
    if (!header) {
      header = text.slice(0, end);
      start = end;
    } else if (end - start > size && lastEnd > start) {
      parts.push(header + text.slice(start, lastEnd));
      start = lastEnd;
    }
    lastEnd = end;
  }
  if (start < text.length) parts.push(header + text.slice(start));
  return parts;
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
    ),
  );
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
