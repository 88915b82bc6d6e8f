// Writing a campaign: the letter, its readers, a test, and the moment it goes out.

import * as api from "./api.js";
import * as drafts from "./drafts.js";
import { el, replace } from "./dom.js";
import { at, people, timeZone } from "./format.js";
import {
  back,
  busy,
  button,
  card,
  checkbox,
  dialog,
  facts,
  field,
  heading,
  load,
  messageOf,
  select,
  textArea,
  textInput,
  toast,
  told,
} from "./parts.js";
import { letterPreview } from "./preview.js";

export const DRAFT = "campaign";
const TEST_ADDRESSES = "test addresses";
const COUNT_PAUSE = 500;
const BLANK = {
  subject: "",
  preheader: "",
  body: "",
  template: "",
  values: {},
  defaults: {},
  topics: [],
  attributes: "",
};

export function showWriter({ main, query, signal }) {
  const body = el("div");
  replace(main, back("#/campaigns", "Campaigns"), heading("New campaign"), body);
  const fetch = async () => {
    const [settings, page] = await Promise.all([
      api.get("settings", {}, signal),
      api.get("templates", { limit: 100 }, signal),
    ]);
    const draft = { ...BLANK, ...drafts.read(DRAFT) };
    const wanted = query.get("template");
    if (wanted) Object.assign(draft, { template: wanted, values: draft.template === wanted ? draft.values : {} });
    return { settings, templates: page.templates, draft };
  };
  load(body, fetch, ({ settings, templates, draft }) => replace(body, writer(settings.list, templates, draft, signal)));
}

function writer(list, templates, draft, signal) {
  const saved = el("p", { class: "hint saved", role: "status" });
  const audience = audienceCard(list.topics, draft, () => change(), signal);
  const gaps = el("div");
  const source = el("div");
  const shown = { gaps: "", subject: "" };

  const subject = field(
    "Subject",
    textInput({ value: draft.subject, maxlength: "200", oninput: () => change({ subject: subject.input.value }) }),
  );
  const preheader = field(
    "Preview line",
    textInput({
      value: draft.preheader,
      maxlength: "200",
      oninput: () => change({ preheader: preheader.input.value }),
    }),
    {
      hint: "What inboxes show after the subject.",
      optional: true,
    },
  );
  const format = field(
    "Write with",
    select(
      [["", "Markdown"], ...templates.map(({ name }) => [name, `Template: ${name}`])],
      draft.template,
      (template) => {
        change({ template, values: {} });
        showSource();
      },
    ),
  );
  const fields = { subject, preheader };

  const preview = letterPreview({
    signal,
    render: (
      current,
    ) => (isBlank(draft)
      ? null
      : api.post("drafts/preview", { ...letter(draft), subject: draft.subject || "…" }, { signal: current })),
    onresult: (rendered, error) => {
      Object.values(fields).forEach((each) => each.problem(""));
      if (error) return showPlace(error, fields);
      shown.subject = rendered?.subject ?? "";
      return showGaps(rendered?.missing ?? []);
    },
  });

  function change(changes = {}) {
    Object.assign(draft, changes);
    const kept = drafts.keep(DRAFT, draft);
    saved.textContent = kept
      ? "Your draft is kept in this browser."
      : "This browser keeps no drafts: do not close the page.";
    preview.refresh();
  }

  // Values that some readers, or everybody, would miss.
  function showGaps(missing) {
    const wanted = [
      ...new Set([...missing.filter((name) => name.startsWith("attributes.")), ...Object.keys(draft.defaults)]),
    ];
    if (shown.gaps === wanted.join()) return;
    shown.gaps = wanted.join();
    const inputs = wanted.map((name) => {
      const input = textInput({
        value: draft.defaults[name] ?? "",
        oninput: () => change({ defaults: withDefault(draft.defaults, name, input.value) }),
      });
      return field(`For people without ${name.replace("attributes.", "")}`, input).root;
    });
    replace(gaps, inputs.length ? el("fieldset", {}, el("legend", {}, "Where something is not known"), inputs) : null);
  }

  function showSource() {
    if (!draft.template) {
      fields.body = field(
        "Text",
        textArea({
          value: draft.body,
          rows: 18,
          class: "writing",
          oninput: () => change({ body: fields.body.input.value }),
        }),
        {
          hint:
            "Markdown: # heading, **bold**, [link](https://…), ![picture](https://…). {{name}} becomes the reader's name.",
        },
      );
      replace(source, fields.body.root);
      return preview.refresh(0);
    }
    return load(source, () => api.get(`templates/${api.piece(draft.template)}`, {}, signal), (template) => {
      if (!Object.keys(draft.values).length) draft.values = { ...template.sample };
      if (!draft.subject) {
        subject.input.value = template.subject;
        change({ subject: template.subject });
      }
      replace(
        source,
        el(
          "fieldset",
          {},
          el("legend", {}, "What the template asks for"),
          Object.keys(template.sample).map((name) => valueField(name, draft, change)),
        ),
      );
      preview.refresh(0);
    });
  }

  const problems = el("div");
  const ready = () => {
    subject.problem(draft.subject.trim() ? "" : "A letter needs a subject.");
    if (!draft.subject.trim()) subject.input.focus();
    return Boolean(draft.subject.trim());
  };
  const test = button("Send a test", () => ready() && sendTest(draft));
  const send = button(
    "Send or schedule …",
    () =>
      ready() &&
      busy(send, () => confirmSending(list, draft, audience.request(), shown.subject || draft.subject), problems),
    "primary",
  );
  const discard = button("Discard draft", async () => {
    const sure = await dialog({
      title: "Discard this draft?",
      body: el("p", {}, "What you have written is lost."),
      action: "Discard",
      kind: "danger",
      confirm: () => true,
    });
    if (!sure) return;
    drafts.discard(DRAFT);
    location.hash = "#/campaigns";
  }, "quiet");

  showSource();
  return el(
    "div",
    { class: "columns writer" },
    el(
      "div",
      {},
      card("Letter", subject.root, preheader.root, format.root, source, gaps),
      audience.root,
      problems,
      el("div", { class: "buttons" }, send, test, discard),
      saved,
    ),
    preview.root,
  );
}

const isBlank = (draft) => !draft.template && !draft.body.trim();

function letter(draft) {
  const content = draft.template ? { template: draft.template, values: draft.values } : { body: draft.body };
  const defaults = Object.keys(draft.defaults).length && !draft.template ? { defaults: draft.defaults } : {};
  return {
    subject: draft.subject,
    ...(draft.preheader.trim() ? { preheader: draft.preheader } : {}),
    ...content,
    ...defaults,
  };
}

function withDefault(defaults, name, value) {
  const { [name]: _, ...others } = defaults;
  return value ? { ...others, [name]: value } : others;
}

// An error of the API at the field it speaks of. The reader is writing, so the focus stays where it is.
function showPlace(error, fields) {
  const name = error.details?.field ?? error.details?.part;
  fields[name === "markdown" ? "body" : name]?.problem(error.message);
}

// A template's values: texts as texts, anything else as JSON.
function valueField(name, draft, change) {
  const value = draft.values[name];
  const isText = typeof value === "string" || value === undefined;
  const set = (next) => change({ values: { ...draft.values, [name]: next } });
  if (isText) {
    const isLong = (value ?? "").length > 60 || (value ?? "").includes("\n");
    const input = isLong ? textArea({ value, rows: 6 }) : textInput({ value: value ?? "" });
    input.addEventListener("input", () => set(input.value));
    return field(words(name), input).root;
  }
  const input = textArea({ value: JSON.stringify(value, null, 2), rows: 8, spellcheck: "false", class: "code-input" });
  const shown = field(words(name), input, { hint: "A list or an object, in JSON." });
  input.addEventListener("input", () => {
    try {
      set(JSON.parse(input.value));
      shown.problem("");
    } catch {
      shown.problem("This is not valid JSON yet.");
    }
  });
  return shown.root;
}

const words = (name) => name[0].toUpperCase() + name.slice(1).replaceAll("_", " ");

// Whom it is for, and how many they are.

function audienceCard(topics, draft, changed, signal) {
  const size = el("p", { class: "audience-size", role: "status" });
  let timer = 0;
  const count = () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      size.textContent = "Counting …";
      try {
        size.textContent = inPeople(await api.post("drafts/audience", { audience: request() }, { signal }));
      } catch (error) {
        if (error.name !== "AbortError") size.textContent = messageOf(error);
      }
    }, COUNT_PAUSE);
  };
  signal.addEventListener("abort", () => clearTimeout(timer));
  const choices = topics.map((topic) => ({
    topic: topic.name,
    ...checkbox(topic.name, draft.topics.includes(topic.name), () => {
      draft.topics = choices.filter(({ input }) => input.checked).map((choice) => choice.topic);
      changed();
      count();
    }, topic.description),
  }));
  const attributes = field(
    "Only people with",
    textArea({
      value: draft.attributes,
      rows: 2,
      spellcheck: "false",
      oninput: () => {
        draft.attributes = attributes.input.value;
        changed();
        count();
      },
    }),
    { hint: "Attributes, one a line, such as: city = Berlin", optional: true },
  );
  const request = () => ({ topics: draft.topics, attributes: readFilter(draft.attributes) });
  count();
  const root = card(
    "Readers",
    topics.length
      ? el(
        "fieldset",
        {},
        el("legend", {}, "Interested in at least one of"),
        el("p", { class: "hint" }, "None chosen: everybody who is active."),
        choices.map((choice) => choice.root),
      )
      : el("p", {}, "Everybody who is active."),
    attributes.root,
    size,
  );
  return { root, request };
}

function readFilter(text) {
  const lines = text.split("\n").filter((line) => line.includes("="));
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf("=")).trim(), line.slice(line.indexOf("=") + 1).trim()]),
  );
}

const inPeople = (size) => (size.exact ? people(size.people) : `At least ${people(size.people)}`);

// A test.

async function sendTest(draft) {
  const to = field(
    "To",
    textArea({ rows: 2, value: localStorage.getItem(TEST_ADDRESSES) ?? "", spellcheck: "false" }),
    {
      hint: "Up to ten addresses, one a line. The subject is marked as a test.",
    },
  );
  const sent = await dialog({
    title: "Send a test",
    body: to.root,
    action: "Send test",
    confirm: async () => {
      const addresses = to.input.value.split(/[\s,;]+/).filter(Boolean);
      to.problem("");
      try {
        const answer = await api.post("drafts/test", { ...letter(draft), to: addresses });
        localStorage.setItem(TEST_ADDRESSES, addresses.join("\n"));
        return answer.sent_to;
      } catch (error) {
        if (error.code !== "invalid_address") throw error;
        to.problem(error.message);
        to.input.focus();
        throw told();
      }
    },
  });
  if (sent) toast(`The test is on its way to ${sent.join(", ")}.`);
}

// Sending. The number of people is counted afresh, and is on the button.

async function confirmSending(list, draft, audience, subject) {
  const size = await api.post("drafts/audience", { audience });
  if (!size.people) {
    await dialog({
      title: "Nobody would get this letter",
      body: el("p", {}, "No active person is in this audience."),
      action: "Change the readers",
      confirm: () => true,
    });
    return;
  }
  const moment = field("Moment", el("input", { type: "datetime-local" }), {
    hint: `In your time zone, ${timeZone()}.`,
  });
  moment.root.hidden = true;
  const chosen = { later: false };
  const choose = (later) => () => {
    chosen.later = later;
    moment.root.hidden = !later;
    if (later) moment.input.focus();
  };
  const option = (text, later) =>
    el(
      "label",
      { class: "choice" },
      el("input", { type: "radio", name: "when", checked: !later, onchange: choose(later) }),
      el("span", {}, text),
    );
  const created = await dialog({
    title: `Send to ${inPeople(size).replace("At", "at")}?`,
    body: [
      facts([
        ["Subject", el("bdi", {}, subject)],
        ["From", el("bdi", {}, list.sender)],
        ["Readers", describe(audience)],
      ]),
      el("fieldset", {}, el("legend", {}, "When"), option("Now", false), option("Later", true)),
      moment.root,
    ],
    action: `Send to ${inPeople(size).replace("At", "at")}`,
    confirm: () => create(draft, audience, chosen.later, moment),
  });
  if (!created) return;
  drafts.discard(DRAFT);
  toast(created.status === "scheduled" ? `Scheduled for ${at(created.schedule_at)}.` : "The campaign has begun.");
  location.hash = `#/campaigns/${created.id}`;
}

function describe(audience) {
  const wanted = [
    ...audience.topics,
    ...Object.entries(audience.attributes).map(([name, value]) => `${name} = ${value}`),
  ];
  return wanted.length ? el("bdi", {}, wanted.join(", ")) : "Everybody who is active";
}

// Asked for twice, because an answer was lost, it is still one campaign: the same request has the same key.
async function create(draft, audience, later, moment) {
  const schedule = {};
  if (later) {
    const date = new Date(moment.input.value);
    moment.problem(Number.isNaN(date.valueOf()) ? "Choose a day and a time." : "");
    if (Number.isNaN(date.valueOf())) throw told();
    schedule.schedule_at = date.toISOString();
  }
  const request = { ...letter(draft), audience, ...schedule };
  const print = JSON.stringify(request);
  if (draft.request !== print) Object.assign(draft, { request: print, key: crypto.randomUUID() });
  drafts.keep(DRAFT, draft);
  return api.post("campaigns", request, { headers: { "idempotency-key": draft.key } });
}
