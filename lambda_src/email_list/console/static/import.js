// Importing people from a CSV file of any size: it is sent in parts, each of which is followed until it is done. To check
// a file first is the same without anybody being stored: the counts, the first rows, and what each column is read as,
// which can be changed.

import * as api from "./api.js";
import { cut, decode } from "./csv.js";
import { address, el, replace } from "./dom.js";
import { counted, number, when } from "./format.js";
import { pairLines } from "./pairs.js";
import { t } from "./words.js";
import {
  back,
  busy,
  button,
  card,
  chip,
  dialog,
  empty,
  facts,
  field,
  heading,
  load,
  notice,
  select,
  table,
  told,
} from "./parts.js";

const PART = 3_000_000;
// Bytes of one request; the API takes 5 MB.

const POLL = 1000;
const OUTCOMES = [
  ["added", "added"],
  ["updated", "updated"],
  ["existing", "already on the list"],
  ["duplicate", "twice in the file"],
  ["stopped", "taken off the list, as the file says that they left, bounced or complained"],
  ["suppressed", "not added: they left, bounced, complained or were erased"],
  ["invalid", "with a mistake"],
  ["role", "with the address of a role, such as info@"],
  ["disposable", "with a disposable address"],
];

const MODES = [
  ["add", "Leave them as they are"],
  ["update", "Update their names, topics and attributes"],
];

const EVERYBODY = [
  ["", "is what its columns say"],
  ["unsubscribed", "has unsubscribed"],
  ["bounced", "has an address that bounces"],
  ["complained", "reported an email as spam"],
];

const FIELDS = [
  ...["email", "name", "first_name", "last_name", "topics", "status", "unsubscribed", "bounced", "complained"],
  ...["permission", "consent.at", "consent.ip", "consent.source", "language", "tracking", "ignored"],
];

const READ_AS = {
  email: "email address",
  first_name: "first name",
  last_name: "last name",
  perhaps_status: "status",
  unsubscribed: "has left",
  complained: "complained",
  permission: "may be emailed",
  tracking: "agrees to tracking",
  ignored: "not imported",
  consent: "proof of consent",
  "consent.at": "proof of consent: date and time",
  "consent.ip": "proof of consent: IP address",
  "consent.source": "proof of consent: where it was given",
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
  const mode = field(
    t("People who are already on the list"),
    select(MODES.map(([value, text]) => [value, t(text)]), "add"),
  );
  const everybody = field(t("Everybody in the file"), select(EVERYBODY.map(([value, text]) => [value, t(text)]), ""), {
    hint: t("Some services write one file for each status, and only its name says which."),
  });
  const start = el("button", { type: "submit", class: "primary" }, t("Import"));
  const check = button(t("Check first"), () => run(check, true));
  let columns = {};
  file.input.addEventListener("change", () => (columns = {}));
  const run = (trigger, dryRun) => {
    const [chosen] = file.input.files;
    file.problem(chosen ? "" : t("Choose a file first."));
    if (!chosen) return undefined;
    replace(progress);
    return busy(trigger, async () => {
      const options = {
        mode: mode.input.value,
        status: everybody.input.value,
        name: chosen.name.slice(0, 200),
        columns: Object.keys(columns).length ? JSON.stringify(columns) : "",
        dry_run: dryRun ? "true" : "",
      };
      try {
        const jobs = await importFile(await readFile(chosen, file), options, progress, signal);
        if (dryRun && jobs.length) progress.append(rehearsal(jobs[0], columns, () => run(check, true)));
      } finally {
        progress.querySelector(".info")?.remove();
      }
      showPast();
    }, problems);
  };
  const submit = (event) => {
    event.preventDefault();
    return run(start, false);
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
    card(
      t("File"),
      el(
        "form",
        { onsubmit: submit },
        file.root,
        mode.root,
        everybody.root,
        problems,
        el("div", { class: "buttons" }, start, check),
      ),
      progress,
    ),
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

// What would be stored, and what each column is read as; `columns` takes what the reader says instead.
function rehearsal(job, columns, again) {
  const rows = [
    { title: t("Row"), class: "number", cell: (row) => number(row.row) },
    { title: t("Outcome"), cell: (row) => [t(WOULD[row.outcome] ?? row.outcome), row.reason && ` (${row.reason})`] },
    { title: t("Address"), cell: ({ person }) => address(person.email) },
    { title: t("Name"), cell: ({ person }) => el("bdi", {}, person.name ?? "") },
    { title: t("Topics"), cell: ({ person }) => el("bdi", {}, (person.topics ?? []).join(", ")) },
    {
      title: t("Attributes"),
      cell: ({ person }) => el("bdi", {}, pairLines(person.attributes).replaceAll("\n", ", ")),
    },
  ];
  const choices = Object.entries(job.columns).map(([header, meaning]) => {
    const known = [...new Set([meaning, ...FIELDS, attributeOf(header)])].map((each) => [each, readAs(each)]);
    const chosen = select(known, meaning, (value) => (columns[header] = value));
    return field(header, chosen).root;
  });
  return el(
    "div",
    {},
    job.preview.length ? table(t("The first rows, as they would be stored"), rows, job.preview) : null,
    el(
      "details",
      {},
      el("summary", {}, t("What the columns hold")),
      choices,
      el("div", { class: "buttons" }, button(t("Check again"), again)),
    ),
  );
}

const WOULD = { added: "would be added", updated: "would be updated" };

// The attribute that a column becomes of which nothing else is known.
const attributeOf = (header) =>
  `attributes.${
    header.normalize("NFKD").toLowerCase().replace(/[^a-z0-9]+/g, "_").replace(/^[^a-z]+|_+$/g, "").slice(0, 32) ||
    "column"
  }`;

// The jobs of all parts, once they are done.
async function importFile(bytes, options, place, signal) {
  const parts = cut(bytes, PART);
  const done = [];
  replace(place, notice("info", t("Sending the file …"), el("progress", { "aria-label": t("Sending the file …") })));
  for (const part of parts) {
    let job = await api.postCsv("subscribers/import", part, options);
    while (!["done", "failed"].includes(job.status)) {
      show(place, [...done, job], parts.length);
      await new Promise((resolve) => setTimeout(resolve, POLL));
      if (signal.aborted) return [];
      job = await api.get(`subscribers/import/${api.piece(job.id)}`, {}, signal);
    }
    done.push(job);
    show(place, done, parts.length);
    if (job.status === "failed") return [];
  }
  return done;
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
  const [checked] = jobs.map((job) => job.dry_run);
  const ended = checked ? "Nobody is imported yet. This is what would happen:" : "The import is done.";
  const title = over ? (failed ? "The import has stopped." : ended) : checked ? "Checking …" : "Importing …";
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
      jobs.map((job) => job.reason && el("p", {}, el("bdi", {}, job.reason))),
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
  return t(READ_AS[meaning] ?? READ_AS[kind] ?? meaning);
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
    {
      title: t("File"),
      cell: (
        job,
      ) => [
        el("bdi", {}, job.name || "–"),
        job.dry_run && el("span", { class: "quiet-text" }, ` ${t("checked only")}`),
      ],
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
