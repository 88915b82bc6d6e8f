// One template: its source beside the letter that its sample values make.

import * as api from "./api.js";
import * as drafts from "./local.js";
import { el, replace } from "./dom.js";
import {
  back,
  busy,
  button,
  card,
  deletion,
  field,
  heading,
  load,
  notice,
  pairsField,
  showProblem,
  textArea,
  textInput,
  toast,
} from "./parts.js";
import { pairLines } from "./pairs.js";
import { letterPreview } from "./preview.js";
import { valuesForm } from "./values.js";
import { said, t } from "./words.js";

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
  replace(main, back("#/templates", t("Templates")), heading(name ? el("bdi", {}, name) : t("New template")), body);
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
    const draft = kept ? { ...kept, sample: asObject(kept.sample) } : toDraft(template);
    replace(
      body,
      kept && resumed(template, kept, key, () => show(template)),
      template.starter
        ? notice(
          "info",
          t("This one comes with the product and cannot be changed."),
          " ",
          el("a", { href: `#/templates/new?from=${api.piece(name)}` }, t("Customize a copy")),
        )
        : null,
      editor(draft, { key, isNew: !name, readOnly: template.starter, signal }),
    );
  }
}

function resumed(template, kept, key, restart) {
  const discard = button(t("Go back to the saved version"), () => {
    drafts.discard(key);
    restart();
  });
  const overtaken = template.version !== kept.version && t("Somebody else has saved this template in the meantime.");
  return notice("info", el("p", {}, t("This is your unsaved work from before."), " ", overtaken), discard);
}

// Defaults are edited as text.
const toDraft = (template) => ({
  ...Object.fromEntries(
    ["name", "description", "subject", "preheader", "html", "text", "version"].map((
      key,
    ) => [key, template[key] ?? BLANK[key]]),
  ),
  sample: template.sample ?? {},
  defaults: pairLines(template.defaults),
});

function editor(draft, { key, isNew, readOnly, signal }) {
  const saved = el("p", { class: "hint saved", role: "status" });
  const [samples, variables] = [el("div"), el("div", { class: "quiet-text" })];
  let drawn = "";
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
    name: field(t("Name"), input("name", textInput, { maxlength: "49", readonly: !isNew, autocomplete: "off" }), {
      hint: t("Lower-case letters, digits and hyphens."),
    }),
    description: field(t("Description"), input("description", textInput, { maxlength: "300" }), { optional: true }),
    subject: field(t("Subject"), input("subject", textInput, { maxlength: "200" })),
    preheader: field(t("Preview text"), input("preheader", textInput, { maxlength: "200" }), {
      optional: true,
      hint: t("What inboxes show after the subject."),
    }),
    html: field(t("HTML"), input("html", textArea, { ...code, rows: 16 }), {
      hint: t(
        "With Handlebars: {{headline}} is a value, {{{text}}} one written in Markdown. The frame and the footer come by themselves.",
      ),
    }),
    text: field(t("Plain text"), input("text", textArea, { ...code, rows: 4 }), {
      optional: true,
      hint: t("If it is empty, it is made from the HTML."),
    }),
    defaults: pairsField(
      t("Defaults"),
      draft.defaults,
      (text) => change({ defaults: text }),
      { optional: true, hint: t("For values that are missing, one per line, such as: button_text = Read more") },
    ),
  };
  fields.defaults.input.readOnly = readOnly;

  const preview = letterPreview({
    signal,
    render: (current, reader) => {
      const source = readSource(draft, fields);
      if (!draft.html.trim()) return null;
      const { description: _description, sample, ...letter } = source;
      const values = { ...sample, ...reader };
      return api.post("drafts/preview", { ...letter, subject: letter.subject || "…", values }, {
        signal: current,
      });
    },
    onresult: (rendered, error) => {
      for (const name of ["subject", "preheader", "html", "text", "defaults"]) fields[name].problem("");
      if (error) return fields[error.details?.field ?? error.details?.part]?.problem(error.message);
      if (rendered) showSamples(rendered.variables);
      return replace(variables, rendered && variablesOf(rendered));
    },
  });

  // A field for each value that the source asks for now; what was written for others stays, in case they come back.
  function showSamples(asked) {
    if (drawn === (drawn = JSON.stringify(asked))) return;
    const all = asked.map((variable) => ({ ...variable, required: true }));
    const form = valuesForm(all, draft.sample, draft.sample, (sample) => change({ sample }), t("Sample values"));
    form.root.disabled = readOnly;
    form.root.firstChild.after(
      el("p", { class: "hint" }, t("For the preview, and as examples for those who write with this template.")),
    );
    replace(samples, asked.length ? form.root : null);
  }

  function change(changes) {
    Object.assign(draft, changes);
    saved.textContent = drafts.keep(key, draft)
      ? t("Your changes are kept in this browser until you save.")
      : t("This browser keeps no drafts: save before you leave.");
    preview.refresh();
  }

  const problems = el("div");
  const save = el("button", { type: "submit", class: "primary" }, t("Save"));
  const submit = (event) => {
    event.preventDefault();
    return busy(save, () => saveTemplate(draft, fields, key, isNew), problems);
  };
  const erase = !isNew && !readOnly ? button(t("Delete"), () => deleteTemplate(draft.name, key), "danger-quiet") : null;
  preview.refresh(0);
  return el(
    "div",
    { class: "columns writer" },
    el(
      "form",
      { onsubmit: submit, novalidate: true },
      card(t("Source"), Object.values(fields).map(({ root }) => root), samples, variables),
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
    rendered.used.length ? el("p", { class: "names" }, `${t("Values in use:")} `, names(rendered.used)) : null,
    rendered.missing.length
      ? notice(
        "warning",
        el("p", { class: "names" }, `${t("Without a sample or a default:")} `, names(rendered.missing)),
      )
      : null,
  ];
}

// As releases before this one kept it, the sample is a text.
function asObject(sample) {
  try {
    return typeof sample === "string" ? JSON.parse(sample || "{}") : sample ?? {};
  } catch {
    return {};
  }
}

// The template as the API takes it.
function readSource(draft, fields) {
  const { description, subject, html, text, sample } = draft;
  const defaults = fields.defaults.peek() ?? {};
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
  const source = readSource(draft, fields);
  if (!fields.defaults.read()) return fields.defaults.input.focus();
  const condition = isNew ? { "if-none-match": "*" } : { "if-match": `"${draft.version}"` };
  let stored;
  try {
    stored = await api.put(`templates/${api.piece(draft.name.trim() || "-")}`, source, { headers: condition });
  } catch (error) {
    if (showProblem(error, fields)) return undefined;
    throw error;
  }
  drafts.discard(key);
  toast([t("{name} is saved.", stored), ...stored.warnings.map((warning) => said(warning))].join(" "));
  const address = `#/templates/${api.piece(stored.name)}`;
  if (location.hash === address) dispatchEvent(new Event("showagain"));
  else location.hash = address;
  return undefined;
}

async function deleteTemplate(name, key) {
  const deleted = await deletion({
    title: t("Delete {name}?", { name }),
    text: t("Campaigns that were made with it are not changed."),
    path: `templates/${api.piece(name)}`,
  });
  if (!deleted) return;
  drafts.discard(key);
  toast(t("{name} is deleted.", { name }));
  location.hash = "#/templates";
}
