// One person: what is stored about them, their consent and history, and what can be done for them.

import * as api from "./api.js";
import { breakable, el, replace } from "./dom.js";
import { at, when } from "./format.js";
import { dismissGuard, guard } from "./guard.js";
import { pairLines } from "./pairs.js";
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
  pairsField,
  showProblem,
  textInput,
  toast,
} from "./parts.js";
import { NO_TOPIC } from "./subscribers.js";
import { phrase, t } from "./words.js";

export function showSubscriber({ main, parameters, signal }) {
  const path = api.pathOf(parameters.email);
  const body = el("div");
  replace(main, back("#/subscribers", t("Subscribers")), heading(el("bdi", {}, breakable(parameters.email))), body);
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
    t("About"),
    facts([
      [t("Status"), chip(person.status)],
      [t("On the list since"), at(person.subscribed_date)],
      [t("Came through"), person.source && el("bdi", {}, sourceInWords(person.source))],
      [t("Left"), person.unsubscribed_date && at(person.unsubscribed_date)],
      [t("Reason for leaving"), person.unsubscribe_reason && el("bdi", {}, person.unsubscribe_reason)],
    ]),
  );
}

// What the administrator may change. Nothing of it is lost by going elsewhere unasked.
function editing(person, offered, path) {
  const name = field(t("Name"), textInput({ value: person.name, maxlength: "100", autocomplete: "off" }), {
    optional: true,
  });
  const choices = offered.map((topic) => ({
    topic: topic.name,
    ...checkbox(topic.name, (person.topics ?? []).includes(topic.name), null, topic.description),
  }));
  const attributes = pairsField(t("Attributes"), pairLines(person.attributes), null, {
    hint: t("One per line, such as: city = Berlin"),
    optional: true,
  });
  attributes.input.rows = 5;
  const shown = () =>
    JSON.stringify([name.input.value, attributes.input.value, choices.map(({ input }) => input.checked)]);
  let stored = shown();
  guard(() => shown() !== stored);

  const problems = el("div");
  const save = el("button", { type: "submit", class: "primary" }, t("Save"));
  const submit = (event) => {
    event.preventDefault();
    return busy(save, async () => {
      name.problem("");
      const pairs = attributes.read();
      if (!pairs) return attributes.input.focus();
      const sent = shown();
      try {
        const saved = await api.patch(path, {
          name: name.input.value,
          attributes: withKinds(pairs, person.attributes),
          ...(offered.length ? { topics: choices.filter(({ input }) => input.checked).map(({ topic }) => topic) } : {}),
        });
        Object.assign(person, saved);
      } catch (error) {
        if (showProblem(error, { name, attributes })) return undefined;
        throw error;
      }
      stored = sent;
      toast(t("Saved."));
      return undefined;
    }, problems);
  };
  const topics = offered.length
    ? el(
      "fieldset",
      {},
      el("legend", {}, t("Topics")),
      el("p", { class: "hint" }, t(NO_TOPIC)),
      choices.map(({ root }) => root),
    )
    : null;
  return card(t("Details"), el("form", { onsubmit: submit }, name.root, topics, attributes.root, problems, save));
}

// Values that still read as they did stay what they were: a number stays a number.
const withKinds = (pairs, before = {}) =>
  Object.fromEntries(
    Object.entries(pairs).map(([key, value]) => [key, String(before[key]) === value ? before[key] : value]),
  );

// On the list or off it, and erasure.

function standing(person, path, refresh) {
  const onList = person.status === "active" || person.status === "pending";
  const address = el("bdi", {}, person.email);
  const change = (status, text) => async () => {
    await api.patch(path, { status, acknowledge: person.status });
    toast(text);
    dismissGuard();
    refresh();
    return true;
  };
  const unsubscribe = button(t("Unsubscribe"), () =>
    dialog({
      title: t("Unsubscribe this person?"),
      body: el(
        "p",
        {},
        phrase("{email} will no longer receive newsletters. They can resubscribe at any time.", { email: address }),
      ),
      action: t("Unsubscribe"),
      confirm: change("unsubscribed", t("{email} is unsubscribed.", { email: person.email })),
    }));
  const reactivate = button(t("Make active again"), () =>
    dialog({
      title: t("Make this person active again?"),
      body: [
        el("p", {}, address.cloneNode(true), ": ", chip(person.status), " ", t(WHY_NOT[person.status])),
        el("p", {}, t("Do it only if they have asked you to.")),
      ],
      action: t("Make active"),
      confirm: change("active", t("{email} is active.", { email: person.email })),
    }));
  const erase = button(t("Erase"), () => erasePerson(person, path), "danger-quiet");
  return card(
    t("On the list"),
    el("p", {}, t(STANDING[person.status] ?? "")),
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
  active: "Receives every newsletter that is for them.",
  pending: "Has signed up but not confirmed yet, and receives nothing until then.",
  unsubscribed: "Has left, and receives nothing.",
  bounced: "Email to this address bounces. It receives nothing, which protects the list’s reputation.",
  complained: "Has reported an email as spam, and is never emailed again.",
};

const WHY_NOT = {
  pending: "They have not confirmed that they want the newsletter.",
  unsubscribed: "They chose to leave.",
  bounced: "Email to this address bounced; more of it harms the list’s reputation.",
};

async function erasePerson(person, path) {
  const erased = await dialog({
    title: t("Erase this person?"),
    body: [
      el(
        "p",
        {},
        phrase(
          "Everything stored about {email} is deleted, in the records of past campaigns as well. This cannot be undone.",
          { email: el("bdi", {}, person.email) },
        ),
      ),
      el("p", {}, t("Only a keyed hash is kept, so that no import can add them again.")),
    ],
    action: t("Erase for good"),
    kind: "danger",
    confirm: () => api.remove(path),
  });
  if (!erased) return;
  toast(t("{email} is erased.", { email: person.email }));
  dismissGuard();
  location.hash = "#/subscribers";
}

// Proof and past.

const WORDS = {
  at: "Date and time",
  ip: "IP address",
  user_agent: "Browser",
  source: "Through",
  wording: "Consent text",
  confirmed_at: "Confirmed",
  confirmed_ip: "Confirmed from the IP address",
};
const STEPS = {
  requested: "Asked to subscribe",
  confirmed: "Confirmed",
  subscribed: "Subscribed",
  file: "According to the imported file",
};
const VOUCHED = "vouched for by an administrator";

// The id of an import says nothing to people.
const sourceInWords = (source) => (source.startsWith("import:") ? t("an import") : source);

function consent(person) {
  const given = Object.entries(person.consent ?? {});
  // A file's dates stay as it writes them.
  const shownValue = (step, key, value) => {
    if (key === "at" && step !== "file") return at(value);
    if (key === "source") return el("bdi", {}, sourceInWords(plain(value)));
    return el("bdi", {}, value === VOUCHED ? t("an administrator confirmed consent") : plain(value));
  };
  const shown = given.map(([step, evidence]) => [
    el("h3", {}, t(STEPS[step] ?? step)),
    facts(Object.entries(evidence ?? {}).map(([key, value]) => [t(WORDS[key] ?? key), shownValue(step, key, value)])),
  ]);
  return card(t("Consent"), given.length ? shown : notice("info", t("No consent has been recorded yet.")));
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
      el("strong", {}, t(what)),
      details && el("bdi", { class: "quiet-text" }, details),
    );
  });
  return card(
    t("History"),
    shown.length
      ? el("ol", { class: "history" }, shown)
      : el("p", { class: "quiet-text" }, t("Nothing has happened yet.")),
  );
}

const plain = (value) => (typeof value === "object" && value !== null ? JSON.stringify(value) : String(value ?? ""));
