// Importing people from a CSV file of any size: it is sent in parts, each of which is followed until it is done.

import * as api from "./api.js";
import { cut, decode } from "./csv.js";
import { el, replace } from "./dom.js";
import { counted, number, when } from "./format.js";
import { t } from "./words.js";
import { back, busy, card, chip, dialog, empty, facts, field, heading, load, notice, table, told } from "./parts.js";

const PART = 3_000_000;
// Bytes of one request; the API takes 5 MB.

const POLL = 1000;
const OUTCOMES = [
  ["added", "added"],
  ["existing", "already on the list"],
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
  const file = field(t("CSV file"), el("input", { type: "file", accept: ".csv,text/csv,text/plain", required: true }), {
    hint: t(
      "The first row names the columns. Exports of other newsletter services are understood as they are; in a file of your own, name the columns email, name and topics (separated by |). Other columns become attributes.",
    ),
  });
  const progress = el("div", { "aria-live": "polite" });
  const problems = el("div");
  const past = el("div");
  const start = el("button", { type: "submit", class: "primary" }, t("Import"));
  const submit = (event) => {
    event.preventDefault();
    const [chosen] = file.input.files;
    file.problem(chosen ? "" : t("Choose a file first."));
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
    back("#/subscribers", t("Subscribers")),
    heading(t("Import people")),
    el(
      "p",
      { class: "lead" },
      t(
        "Import only people who have agreed to receive your newsletter: you answer for their consent. Nobody who left, bounced or complained comes back by an import.",
      ),
    ),
    card(t("File"), el("form", { onsubmit: submit }, file.root, problems, start), progress),
    card(t("Past imports"), past),
  );
  showPast();
}

// The bytes of a file in UTF-8, which is what the API reads. Nothing is guessed: a file that is in another encoding is
// shown to the reader first.
async function readFile(file, input) {
  const { text, samples } = decode(new Uint8Array(await file.arrayBuffer()));
  if (samples.length && !await readsRight(samples)) {
    input.problem(
      t("This file is not UTF-8 text. In your spreadsheet, save it as “CSV UTF-8”, then choose it again."),
    );
    throw told();
  }
  return new TextEncoder().encode(text);
}

function readsRight(samples) {
  return dialog({
    title: t("Are these words spelled right?"),
    body: [
      el("p", {}, t("The file does not say which encoding it is in. Read as Windows text, it has these words:")),
      el("ul", {}, samples.map((word) => el("li", {}, el("bdi", {}, word)))),
    ],
    action: t("Yes, import"),
    dismiss: t("No, cancel"),
    confirm: () => true,
  });
}

async function importFile(bytes, place, signal) {
  const parts = cut(bytes, PART);
  const done = [];
  replace(place, notice("info", t("Sending the file …"), el("progress", { "aria-label": t("Sending the file …") })));
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
    el("li", {}, el("strong", {}, number(sum(name))), ` ${t(words)}`)
  );
  const reports = jobs.filter((job) => job.report_url);
  const links = reports.map((job, index) =>
    el(
      "li",
      {},
      el(
        "a",
        { href: job.report_url, download: "import-report.csv" },
        reports.length > 1
          ? t("Report, part {number}", { number: index + 1 })
          : t("Report of the rows that were not added"),
      ),
    )
  );
  const title = over ? (failed ? "The import has stopped." : "The import is done.") : "Importing …";
  const part = expected > 1 ? `, ${t("part {number} of {total}", { number: jobs.length, total: expected })}` : "";
  replace(
    place,
    notice(
      failed ? "problem" : over ? "done" : "info",
      el(
        "p",
        {},
        el("strong", {}, t(title)),
        ` ${t("{rows} read", { rows: counted(sum("rows"), "row") })}${part}.`,
      ),
      failed && el("p", {}, el("bdi", {}, failed.reason ?? "")),
      !over && el("progress", { "aria-label": t("Importing …") }),
      el("ul", {}, counts, links),
      columnsRead(jobs[0].columns),
    ),
  );
}

function columnsRead(columns) {
  const pairs = Object.entries(columns).map((
    [header, meaning],
  ) => [el("bdi", {}, header), el("bdi", {}, readAs(meaning))]);
  return el("details", {}, el("summary", {}, t("How the columns were read")), facts(pairs));
}

function readAs(meaning) {
  const [kind, attribute] = meaning.split(".");
  if (kind === "attributes" && attribute) return t("attribute {name}", { name: attribute });
  return t(kind === "consent" ? "proof of consent" : READ_AS[meaning] ?? meaning);
}

function pastImports(imports) {
  if (!imports.length) {
    return empty(t("No imports yet."), t("What you import is listed here, with its counts and a report."));
  }
  const columns = [
    { title: t("Started"), class: "date", cell: (job) => when(job.created_at) },
    {
      title: t("State"),
      cell: (job) => [chip(job.status), job.reason && el("bdi", { class: "quiet-text" }, ` ${job.reason}`)],
    },
    { title: t("Rows"), class: "number", cell: (job) => number(job.rows) },
    { title: t("Added"), class: "number", cell: (job) => number(job.added) },
    { title: t("Not added"), class: "number", cell: (job) => number(job.rows - job.added) },
    {
      title: t("Report"),
      cell: (
        job,
      ) => (job.report_url ? el("a", { href: job.report_url, download: "import-report.csv" }, t("Report")) : "–"),
    },
  ];
  return table(t("Past imports"), columns, imports);
}
