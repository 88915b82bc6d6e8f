// One template: its source beside the letter that its sample values make.

import * as api from "./api.js";
import * as drafts from "./drafts.js";
import { el, replace } from "./dom.js";
import {
  back,
  busy,
  button,
  card,
  dialog,
  field,
  heading,
  load,
  notice,
  showProblem,
  textArea,
  textInput,
  toast,
} from "./parts.js";
import { letterPreview } from "./preview.js";

const BLANK = {
  name: "",
  description: "",
  subject: "",
  preheader: "",
  text: "",
  version: 0,
  sample: {},
  defaults: {},
  html: "<h1>Hello {{name}}</h1>\n\n<p>Your text.</p>\n",
};

export function showTemplate({ main, parameters, query, signal }) {
  const name = parameters.name ?? "";
  const from = query.get("from");
  const body = el("div");
  replace(main, back("#/templates", "Templates"), heading(name ? el("bdi", {}, name) : "New template"), body);
  const fetch = async () => {
    if (name) return api.get(`templates/${api.piece(name)}`, {}, signal);
    if (!from) return BLANK;
    const starter = await api.get(`templates/${api.piece(from)}`, {}, signal);
    return { ...starter, name: `my-${starter.name}`, version: 0, starter: false };
  };
  load(body, fetch, (template) => show(template));

  function show(template) {
    const key = `template ${name || `new ${from ?? ""}`}`;
    const kept = drafts.read(key);
    const draft = kept ?? toDraft(template);
    replace(
      body,
      kept && resumed(template, kept, key, () => show(template)),
      template.starter
        ? notice(
          "info",
          "This one comes with the product and stays as it is. ",
          el("a", { href: `#/templates/new?from=${api.piece(name)}` }, "Make it yours"),
          " to change it.",
        )
        : null,
      editor(draft, { key, isNew: !name, readOnly: template.starter, signal }),
    );
  }
}

function resumed(template, kept, key, restart) {
  const discard = button("Go back to what is saved", () => {
    drafts.discard(key);
    restart();
  });
  const overtaken = template.version !== kept.version ? " Meanwhile somebody else has saved this template." : "";
  return notice("info", el("p", {}, `This is your unsaved work from before.${overtaken}`), discard);
}

// Defaults and sample are edited as text.
const toDraft = (template) => ({
  ...Object.fromEntries(
    ["name", "description", "subject", "preheader", "html", "text", "version"].map((
      key,
    ) => [key, template[key] ?? BLANK[key]]),
  ),
  sample: JSON.stringify(template.sample ?? {}, null, 2),
  defaults: Object.entries(template.defaults ?? {}).map(([key, value]) => `${key} = ${value}`).join("\n"),
});

function editor(draft, { key, isNew, readOnly, signal }) {
  const saved = el("p", { class: "hint saved", role: "status" });
  const variables = el("div", { class: "quiet-text" });
  const input = (name, make, attributes = {}) => {
    const made = make({
      value: draft[name],
      readonly: readOnly,
      oninput: () => change({ [name]: made.value }),
      ...attributes,
    });
    return made;
  };
  const code = { spellcheck: "false", class: "code-input" };
  const fields = {
    name: field("Name", input("name", textInput, { maxlength: "49", readonly: !isNew, autocomplete: "off" }), {
      hint: "Small letters, digits and hyphens.",
    }),
    description: field("Description", input("description", textInput, { maxlength: "300" }), { optional: true }),
    subject: field("Subject", input("subject", textInput, { maxlength: "200" })),
    preheader: field("Preview line", input("preheader", textInput, { maxlength: "200" }), {
      optional: true,
      hint: "What inboxes show after the subject.",
    }),
    html: field("HTML", input("html", textArea, { ...code, rows: 16 }), {
      hint:
        "With Handlebars: {{headline}} is a value, {{{text}}} one written in Markdown. The frame and the footer come by themselves.",
    }),
    text: field("Plain text", input("text", textArea, { ...code, rows: 4 }), {
      optional: true,
      hint: "Made from the HTML when left empty.",
    }),
    sample: field("Sample values", input("sample", textArea, { ...code, rows: 8 }), {
      hint: "For the preview, in JSON.",
    }),
    defaults: field("Defaults", input("defaults", textArea, { ...code, rows: 3 }), {
      optional: true,
      hint: "For values that are missing, one a line, such as: button_text = Read more",
    }),
  };

  const preview = letterPreview({
    signal,
    render: (current) => {
      fields.sample.problem("");
      const source = readSample(draft, fields.sample);
      if (!source || !draft.html.trim()) return null;
      const { description: _description, sample, ...letter } = source;
      return api.post("drafts/preview", { ...letter, subject: letter.subject || "…", values: sample }, {
        signal: current,
      });
    },
    onresult: (rendered, error) => {
      for (const name of ["subject", "preheader", "html", "text", "defaults"]) fields[name].problem("");
      if (error) return fields[error.details?.field ?? error.details?.part]?.problem(error.message);
      return replace(variables, rendered && variablesOf(rendered));
    },
  });

  function change(changes) {
    Object.assign(draft, changes);
    saved.textContent = drafts.keep(key, draft)
      ? "Your changes are kept in this browser until you save."
      : "This browser keeps no drafts: save before you leave.";
    preview.refresh();
  }

  const problems = el("div");
  const save = el("button", { type: "submit", class: "primary" }, "Save");
  const submit = (event) => {
    event.preventDefault();
    return busy(save, () => saveTemplate(draft, fields, key, isNew), problems);
  };
  const erase = !isNew && !readOnly ? button("Delete", () => deleteTemplate(draft.name, key), "danger-quiet") : null;
  preview.refresh(0);
  return el(
    "div",
    { class: "columns writer" },
    el(
      "form",
      { onsubmit: submit, novalidate: true },
      card("Source", Object.values(fields).map(({ root }) => root), variables),
      problems,
      readOnly ? null : el("div", { class: "buttons" }, save, erase),
      saved,
    ),
    preview.root,
  );
}

function variablesOf(rendered) {
  const names = (list) => list.map((name) => el("code", {}, name));
  return [
    rendered.used.length ? el("p", { class: "names" }, "Values in use: ", names(rendered.used)) : null,
    rendered.missing.length
      ? notice("warning", el("p", { class: "names" }, "Without a sample or a default: ", names(rendered.missing)))
      : null,
  ];
}

// The template as the API takes it; null, with a word at the field, while the sample is no JSON.
function readSample(draft, field_) {
  let sample;
  try {
    sample = JSON.parse(draft.sample || "{}");
  } catch {
    field_.problem("This is not valid JSON yet.");
    return null;
  }
  const lines = draft.defaults.split("\n").filter((line) => line.includes("="));
  const defaults = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf("=")).trim(), line.slice(line.indexOf("=") + 1).trim()]),
  );
  const { description, subject, html, text } = draft;
  return {
    description,
    subject,
    html,
    sample,
    defaults,
    ...(text.trim() ? { text } : {}),
    ...(draft.preheader.trim() ? { preheader: draft.preheader } : {}),
  };
}

async function saveTemplate(draft, fields, key, isNew) {
  Object.values(fields).forEach((each) => each.problem(""));
  const source = readSample(draft, fields.sample);
  if (!source) return fields.sample.input.focus();
  const condition = isNew ? { "if-none-match": "*" } : { "if-match": `"${draft.version}"` };
  let stored;
  try {
    stored = await api.put(`templates/${api.piece(draft.name.trim() || "-")}`, source, { headers: condition });
  } catch (error) {
    if (showProblem(error, fields)) return undefined;
    throw error;
  }
  drafts.discard(key);
  toast([`${stored.name} is saved.`, ...stored.warnings.map(({ message }) => message)].join(" "));
  const address = `#/templates/${api.piece(stored.name)}`;
  if (location.hash === address) dispatchEvent(new HashChangeEvent("hashchange"));
  else location.hash = address;
  return undefined;
}

async function deleteTemplate(name, key) {
  const deleted = await dialog({
    title: `Delete ${name}?`,
    body: el("p", {}, "Campaigns that were made with it are not changed."),
    action: "Delete",
    kind: "danger",
    confirm: async () => {
      await api.remove(`templates/${api.piece(name)}`);
      return true;
    },
  });
  if (!deleted) return;
  drafts.discard(key);
  toast(`${name} is deleted.`);
  location.hash = "#/templates";
}
