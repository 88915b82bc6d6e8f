// One person: what is stored about them, their consent and history, and what can be done for them.

import * as api from "./api.js";
import { el, replace } from "./dom.js";
import { at, when } from "./format.js";
import {
  back,
  busy,
  button,
  card,
  checkbox,
  chip,
  dialog,
  facts,
  field,
  heading,
  load,
  notice,
  showProblem,
  textArea,
  textInput,
  toast,
} from "./parts.js";

export function showSubscriber({ main, parameters, signal }) {
  const path = api.pathOf(parameters.email);
  const body = el("div");
  replace(main, back("#/subscribers", "Subscribers"), heading(el("bdi", {}, parameters.email)), body);
  const fetch = () => Promise.all([api.get(path, {}, signal), api.get("settings", {}, signal)]);
  const show = () =>
    load(body, fetch, ([person, settings]) => {
      replace(body, columns(person, settings.list.topics, path, show));
    });
  show();
}

function columns(person, offered, path, refresh) {
  return el(
    "div",
    { class: "columns" },
    el("div", {}, about(person), editing(person, offered, path)),
    el("div", {}, standing(person, path, refresh), consent(person), history(person)),
  );
}

function about(person) {
  return card(
    "About",
    facts([
      ["Status", chip(person.status)],
      ["On the list since", at(person.subscribed_date)],
      ["Came through", person.source && el("bdi", {}, person.source)],
      ["Left", person.unsubscribed_date && at(person.unsubscribed_date)],
      ["Reason for leaving", person.unsubscribe_reason && el("bdi", {}, person.unsubscribe_reason)],
    ]),
  );
}

// What the administrator may change.

function editing(person, offered, path) {
  const name = field("Name", textInput({ value: person.name, maxlength: "100", autocomplete: "off" }), {
    optional: true,
  });
  const choices = offered.map((topic) => ({
    topic: topic.name,
    ...checkbox(topic.name, (person.topics ?? []).includes(topic.name), null, topic.description),
  }));
  const attributes = field(
    "Attributes",
    textArea({ rows: 5, spellcheck: "false", value: attributeLines(person.attributes) }),
    {
      hint: "One a line, such as: city = Berlin",
      optional: true,
    },
  );
  const problems = el("div");
  const save = el("button", { type: "submit", class: "primary" }, "Save");
  const submit = (event) => {
    event.preventDefault();
    return busy(save, async () => {
      [name, attributes].forEach((each) => each.problem(""));
      try {
        const stored = await api.patch(path, {
          name: name.input.value,
          attributes: readAttributes(attributes.input.value, person.attributes),
          ...(offered.length ? { topics: choices.filter(({ input }) => input.checked).map(({ topic }) => topic) } : {}),
        });
        Object.assign(person, stored);
      } catch (error) {
        if (showProblem(error, { name, attributes })) return;
        throw error;
      }
      toast("Saved.");
    }, problems);
  };
  const topics = offered.length
    ? el("fieldset", {}, el("legend", {}, "Topics"), choices.map(({ root }) => root))
    : null;
  return card("Details", el("form", { onsubmit: submit }, name.root, topics, attributes.root, problems, save));
}

const attributeLines = (attributes = {}) =>
  Object.entries(attributes).map(([key, value]) => `${key} = ${value}`).join("\n");

// Values that still read as they did stay what they were: a number stays a number.
function readAttributes(text, before = {}) {
  const lines = text.split("\n").filter((line) => line.trim());
  return Object.fromEntries(
    lines.map((line) => {
      const [key, ...rest] = line.split("=");
      const value = rest.join("=").trim();
      const known = before[key.trim()];
      return [key.trim(), String(known) === value ? known : value];
    }),
  );
}

// On the list or off it, and erasure.

function standing(person, path, refresh) {
  const onList = person.status === "active" || person.status === "pending";
  const change = (status, text) => async () => {
    await api.patch(path, { status, acknowledge: person.status });
    toast(text);
    refresh();
    return true;
  };
  const unsubscribe = button("Unsubscribe", () =>
    dialog({
      title: "Unsubscribe this person?",
      body: el(
        "p",
        {},
        el("bdi", {}, person.email),
        " gets no more newsletters. They can come back by themselves at any time.",
      ),
      action: "Unsubscribe",
      confirm: change("unsubscribed", `${person.email} is unsubscribed.`),
    }));
  const reactivate = button("Make active again", () =>
    dialog({
      title: "Make this person active again?",
      body: [
        el("p", {}, el("bdi", {}, person.email), ` is ${person.status}. ${WHY_NOT[person.status]}`),
        el("p", {}, "Do it only if they have asked you to."),
      ],
      action: "Make active",
      confirm: change("active", `${person.email} is active.`),
    }));
  const erase = button("Erase", () => erasePerson(person, path), "danger-quiet");
  return card(
    "On the list",
    el("p", {}, STANDING[person.status] ?? ""),
    el(
      "div",
      { class: "buttons" },
      onList ? unsubscribe : null,
      person.status !== "active" && person.status !== "complained" ? reactivate : null,
      erase,
    ),
  );
}

const STANDING = {
  active: "Gets every newsletter that is for them.",
  pending: "Has signed up and not confirmed it yet. Gets nothing until then.",
  unsubscribed: "Has left, and gets nothing.",
  bounced: "Mail to this address comes back. Gets nothing, so that the list keeps its good name.",
  complained: "Has reported a mail as spam, and is never mailed again.",
};

const WHY_NOT = {
  pending: "They have not confirmed that they want the newsletter.",
  unsubscribed: "They chose to leave.",
  bounced: "Mail to this address came back; more of it harms the list's reputation.",
};

async function erasePerson(person, path) {
  const erased = await dialog({
    title: "Erase this person?",
    body: [
      el(
        "p",
        {},
        "Everything stored about ",
        el("bdi", {}, person.email),
        " is deleted, in the records of past campaigns as well. This cannot be undone.",
      ),
      el("p", {}, "Only a fingerprint is left, so that an import does not add them again."),
    ],
    action: "Erase for good",
    kind: "danger",
    confirm: () => api.remove(path),
  });
  if (!erased) return;
  toast(`${person.email} is erased.`);
  location.hash = "#/subscribers";
}

// Proof and past.

const WORDS = {
  at: "When",
  ip: "From the address",
  user_agent: "With the browser",
  source: "Through",
  wording: "Having read",
  confirmed_at: "Confirmed",
  confirmed_ip: "Confirmed from the address",
};
const STEPS = {
  requested: "Asked to subscribe",
  confirmed: "Confirmed",
  subscribed: "Subscribed",
  file: "According to the imported file",
};

function consent(person) {
  const given = Object.entries(person.consent ?? {});
  // A file's dates stay as it writes them.
  const isMoment = (step, key) => key === "at" && step !== "file";
  const shown = given.map(([step, evidence]) => [
    el("h3", {}, STEPS[step] ?? step),
    facts(
      Object.entries(evidence ?? {}).map((
        [key, value],
      ) => [WORDS[key] ?? key, isMoment(step, key) ? at(value) : el("bdi", {}, plain(value))]),
    ),
  ]);
  return card("Consent", given.length ? shown : notice("info", "No consent has been recorded yet."));
}

function history(person) {
  const events = [...(person.history ?? [])].reverse();
  const shown = events.map((event) => {
    const { at: moment, what, ...more } = event;
    const details = Object.entries(more).map(([key, value]) => `${key.replaceAll("_", " ")}: ${plain(value)}`).join(
      ", ",
    );
    return el(
      "li",
      {},
      el("time", { datetime: moment }, when(moment)),
      el("strong", {}, what),
      details && el("bdi", { class: "quiet-text" }, details),
    );
  });
  return card(
    "History",
    shown.length
      ? el("ol", { class: "history" }, shown)
      : el("p", { class: "quiet-text" }, "Nothing has happened yet."),
  );
}

const plain = (value) => (typeof value === "object" && value !== null ? JSON.stringify(value) : String(value ?? ""));
