// The desk: a letter and its readers as fields, beside the letter as readers will see it. Drafts are written at it, and
// campaigns that are still to be sent are changed at it.

import * as api from "./api.js";
import { audienceCard } from "./audience.js";
import { el, replace } from "./dom.js";
import { pairLines } from "./pairs.js";
import { card, field, load, select, textArea, textInput } from "./parts.js";
import { letterPreview } from "./preview.js";
import { toolbarFor } from "./toolbar.js";
import { valuesForm } from "./values.js";
import { t } from "./words.js";

// What a letter is written in, beside templates: a field of the API's each. The names of templates have no colon.
const SOURCES = [["body", "Markdown"], ["html", "HTML"], ["message", "Plain text"]];
const OWN = ":";

const EVERYONE = { topics: [], attributes: {} };

// `letter` and `audience` are the API's; `filter` is the audience's text, where it was kept as it was typed. `changed` is
// called after each change. What the desk holds is told by `letter()`, `audience()` (null, after a word to the reader,
// for a filter that is not understood) and `subject()` (as readers will see it now, asked of the API); `ready()` says whether the letter is
// complete, and tells the reader where it is not.
export function letterDesk({ list, templates, segments, letter, audience, filter, isWhole = true, changed, signal }) {
  const draft = { subject: "", preheader: "", values: {}, defaults: {}, ...withoutNull(letter) };
  let source = sourceOf(draft);
  let form = null;
  // What was written for each template, so that looking at another one loses nothing.
  const written = {};
  const state = { audience: audience ?? EVERYONE, filter: filter ?? pairLines(audience?.attributes), isWhole };
  const shown = { gaps: [] };
  const [gaps, place] = [el("div"), el("div")];

  const change = (changes = {}) => {
    Object.assign(draft, changes);
    changed();
    preview.refresh();
  };
  const line = (name, label, options) => {
    const input = textInput({ value: draft[name], maxlength: "200", oninput: () => change({ [name]: input.value }) });
    return field(label, input, options);
  };
  const subject = line("subject", t("Subject"));
  const preheader = line("preheader", t("Preview text"), {
    hint: t("What inboxes show after the subject."),
    optional: true,
  });
  const fields = { subject, preheader };

  const offered = SOURCES.filter(([name]) => name !== "message" || source === "message");
  const format = field(
    t("Write with"),
    select(
      [
        ...offered.map(([name, words]) => [OWN + name, t(words)]),
        ...templates.map(({ name }) => [name, t("Template: {name}", { name })]),
      ],
      draft.template || OWN + source,
      (chosen) => {
        if (draft.template) written[draft.template] = draft.values;
        const template = chosen.startsWith(OWN) ? "" : chosen;
        source = template ? source : chosen.slice(OWN.length);
        change({ template, values: written[template] ?? {} });
        showSource();
      },
    ),
  );

  const readers = audienceCard({
    topics: list.topics,
    segments,
    audience: state.audience,
    text: state.filter,
    signal,
    changed: (text, understood) => {
      Object.assign(state, { filter: text, audience: understood ?? state.audience, isWhole: Boolean(understood) });
      changed();
    },
  });

  const preview = letterPreview({
    signal,
    sender: list.sender,
    render: (current, reader) => {
      if (!hasContent()) return null;
      const subjectless = lacksSubject() ? { subject: "…" } : {};
      const asked = { ...written_(), ...subjectless, values: { ...draft.values, ...reader } };
      return api.post("drafts/preview", asked, { signal: current });
    },
    onresult: (rendered, error) => {
      Object.values(fields).forEach((each) => each.problem(""));
      if (error) return showPlace(error);
      return showGaps(rendered ?? { missing: [], used: [] });
    },
  });

  const hasContent = () => Boolean(draft.template || draft[source]?.trim());
  const lacksSubject = () => !draft.template && !draft.subject.trim();

  function written_() {
    const given = ["subject", "preheader"].filter((name) => draft[name].trim()).map((name) => [name, draft[name]]);
    const content = draft.template
      ? { template: draft.template, values: draft.values }
      : { [source]: draft[source] ?? "", ...(source === "html" && draft.text ? { text: draft.text } : {}) };
    return {
      ...Object.fromEntries(given),
      ...content,
      ...(Object.keys(draft.defaults).length ? { defaults: draft.defaults } : {}),
      ...(draft.language ? { language: draft.language } : {}),
    };
  }

  // Values that some readers, or everybody, would miss.
  function showGaps({ missing, used }) {
    const asked = missing.filter((name) => name.startsWith("attributes."));
    if (used.includes("name")) asked.unshift("name");
    // A chosen reader may have what others lack.
    const before = shown.gaps.filter((name) => used.includes(name));
    const wanted = [...new Set([...before, ...asked, ...Object.keys(draft.defaults)])];
    if (shown.gaps.join() === wanted.join()) return;
    shown.gaps = wanted;
    const inputs = wanted.map((name) => {
      const input = textInput({
        value: draft.defaults[name] ?? "",
        oninput: () => change({ defaults: withDefault(draft.defaults, name, input.value) }),
      });
      const hint = name === "name" ? t("If it is empty: a word in the list’s language, such as “there”.") : null;
      return field(t("For people without {name}", { name: name.replace("attributes.", "") }), input, { hint }).root;
    });
    replace(gaps, inputs.length ? el("fieldset", {}, el("legend", {}, t("Fallbacks")), inputs) : null);
  }

  function showSource() {
    for (const [name] of SOURCES) delete fields[name];
    delete fields.text;
    form = null;
    subject.input.placeholder = "";
    if (draft.template) return showTemplate();
    if (source === "body") showMarkdown();
    else showPlain();
    return preview.refresh(0);
  }

  function showMarkdown() {
    const text = writing("body", { class: "writing", rows: 18 });
    fields.body = field(t("Text"), text, {
      hint: t("Plain words, or Markdown: # heading, **bold**, [link](https://…). {{name}} becomes the reader’s name."),
    });
    const setFallback = (name, words) => {
      shown.gaps = [];
      change({ defaults: { ...draft.defaults, [name]: words } });
    };
    text.before(toolbarFor(text, { attributes: () => knownAttributes(signal), setFallback }));
    replace(place, fields.body.root);
  }

  function showPlain() {
    const code = { class: "code-input", spellcheck: "false", rows: 18 };
    fields[source] = field(
      t(source === "html" ? "HTML" : "Text"),
      writing(source, source === "html" ? code : { rows: 18 }),
    );
    if (source === "html") {
      fields.text = field(t("Plain text"), writing("text", { ...code, rows: 4 }), {
        optional: true,
        hint: t("If it is empty, it is made from the HTML."),
      });
    }
    replace(place, fields[source].root, fields.text?.root);
  }

  const writing = (name, attributes) => {
    const input = textArea({ value: draft[name] ?? "", ...attributes, oninput: () => change({ [name]: input.value }) });
    return input;
  };

  function showTemplate() {
    return load(place, () => api.get(`templates/${api.piece(draft.template)}`, {}, signal), (template) => {
      subject.input.placeholder = t("The template’s own: {subject}", { subject: template.subject });
      form = valuesForm(template.variables, template.sample, draft.values, (values) => change({ values }));
      draft.values = form.values();
      const nothing = el("p", { class: "hint" }, t("This template asks for nothing."));
      replace(place, template.variables.length ? form.root : nothing);
      preview.refresh(0);
    });
  }

  // An error of the API at the field it speaks of. The reader is writing, so the focus stays where it is.
  function showPlace(error) {
    const name = error.details?.field ?? error.details?.part;
    fields[name === "markdown" ? "body" : name]?.problem(error.message);
  }

  function ready() {
    const isWritten = draft.template ? form?.complete() : hasContent();
    if (!draft.template && !isWritten) {
      fields[source].problem(t("The letter is empty."));
      fields[source].input.focus();
    }
    subject.problem(lacksSubject() ? t("A letter needs a subject.") : "");
    if (lacksSubject()) subject.input.focus();
    return isWritten && !lacksSubject();
  }

  function readAudience() {
    const understood = readers.read();
    if (!understood) readers.focus();
    return understood;
  }

  // To the place that a finding is about.
  function goTo(part, at) {
    if (part === "audience") return readers.root.scrollIntoView({ block: "center" });
    const input = fields[part === "markdown" ? "body" : part]?.input ?? form?.find(part) ?? subject.input;
    input.focus();
    input.scrollIntoView({ block: "center" });
    if (!at || input.tagName !== "TEXTAREA") return undefined;
    const lines = input.value.split("\n");
    const from = lines.slice(0, at - 1).reduce((sum, each) => sum + each.length + 1, 0);
    return input.setSelectionRange(from, from + (lines[at - 1] ?? "").length);
  }

  const letterPage = (...beside) =>
    el(
      "div",
      { class: "writer" },
      card(t("Letter"), subject.root, preheader.root, format.root, place, gaps),
      preview.root,
      el("div", {}, ...beside),
    );

  showSource();
  return {
    goTo,
    // The letter, its preview, and the readers with what the page puts below them.
    page: (...below) => letterPage(readers.root, ...below),
    // The same without readers, for a letter whose readers are known otherwise.
    letterPage,
    letter: written_,
    audience: readAudience,
    kept: () => ({ ...state }),
    subject: async () => (await api.post("drafts/preview", written_(), { signal })).subject,
    ready,
    hasContent,
  };
}

const withoutNull = (letter) => Object.fromEntries(Object.entries(letter ?? {}).filter(([, value]) => value !== null));

const sourceOf = (draft) => SOURCES.find(([name]) => draft[name])?.[0] ?? "body";

function withDefault(defaults, name, value) {
  const { [name]: _, ...others } = defaults;
  return value ? { ...others, [name]: value } : others;
}

// The names of the attributes that people at the top of the list have.
async function knownAttributes(signal) {
  try {
    const page = await api.get("subscribers", { status: "active", limit: 100 }, signal);
    return [...new Set(page.subscribers.flatMap(({ attributes }) => Object.keys(attributes ?? {})))].sort();
  } catch {
    return [];
  }
}
