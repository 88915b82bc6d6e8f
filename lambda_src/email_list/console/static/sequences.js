// All sequences, and the ways to begin one.

import * as api from "./api.js";
import { el, replace } from "./dom.js";
import { number } from "./format.js";
import {
  button,
  card,
  cards,
  chip,
  dialog,
  empty,
  field,
  heading,
  load,
  select,
  showProblem,
  textInput,
  told,
} from "./parts.js";
import { t } from "./words.js";

const DAY = { days: 0, hours: 0, minutes: 0 };

export const addressOf = ({ id }) => `#/sequences/${api.piece(id)}`;

export function showSequences({ main, signal }) {
  const place = el("div");
  const create = button(t("New sequence"), () => begin(signal), "primary");
  replace(
    main,
    heading(t("Sequences"), create),
    el("p", { class: "lead" }, t("Emails that each person gets at their own pace, such as a welcome series.")),
    place,
  );
  load(place, () => api.get("sequences", { limit: 100 }, signal), ({ sequences }) => {
    const welcomes = sequences.some(({ trigger }) => trigger.on === "confirmed");
    replace(
      place,
      welcomes ? null : offer(),
      cards(
        sequences,
        sequenceCard,
        empty(t("No sequences yet."), t("A sequence emails everyone who joins, automatically.")),
      ),
    );
  });
}

function sequenceCard(sequence) {
  const { counts } = sequence;
  return el(
    "li",
    { class: "card" },
    el("h3", {}, el("a", { href: addressOf(sequence) }, el("bdi", {}, sequence.name))),
    el("p", {}, chip(sequence.status), " ", t("for {people}", { people: triggerInWords(sequence.trigger) })),
    el("p", { class: "quiet-text" }, sequence.subjects.map((subject) => subject || t("no subject")).join(" → ")),
    el(
      "p",
      {},
      t("{inside} inside, {finished} finished, {left} left", {
        inside: number(counts.inside),
        finished: number(counts.finished),
        left: number(counts.left),
      }),
    ),
  );
}

export const triggerInWords = ({ on, topic }) =>
  ({
    confirmed: t("those who confirm"),
    added: t("those who are added or imported"),
    topic: t("those who choose {topic}", { topic }),
  })[on];

// A welcome that needs nothing but to be switched on.
function offer() {
  const letter = {
    subject: t("Welcome to {list}", { list: "{{list_name}}" }),
    body: [
      `# ${t("Welcome")}`,
      t("Your subscription to {list} is confirmed. From now on, it will arrive at this address.", {
        list: "{{list_name}}",
      }),
      `[${t("Choose what you receive")}]({{preferences_url}})`,
    ].join("\n\n"),
  };
  const take = button(t("Prepare it"), async () => {
    const asked = { name: t("Welcome"), trigger: { on: "confirmed" }, steps: [{ wait: DAY, letter }] };
    location.hash = addressOf(await api.post("sequences", asked));
  }, "primary");
  return card(
    t("A welcome for everybody who joins"),
    el(
      "p",
      {},
      t("One email, right after they confirm. You can read it, change it and add others before you switch it on."),
    ),
    el("div", { class: "buttons" }, take),
  );
}

async function begin(signal) {
  const name = field(t("Name"), textInput({ required: true, maxlength: 100 }));
  const trigger = await triggerFields({ on: "confirmed" }, signal);
  const made = await dialog({
    title: t("New sequence"),
    body: [name.root, trigger.root],
    action: t("Create"),
    confirm: async () => {
      const steps = [{ wait: DAY, letter: { subject: "", body: "" } }];
      try {
        return await api.post("sequences", { name: name.input.value, trigger: trigger.read(), steps });
      } catch (error) {
        if (showProblem(error, { name })) throw told();
        throw error;
      }
    },
  });
  if (made) location.hash = addressOf(made);
}

// What lets people in: one of three, and for a topic which.
export async function triggerFields({ on, topic }, signal) {
  const known = (await api.get("settings", {}, signal)).list.topics ?? [];
  const names = known.map((each) => each.name ?? each);
  const which = field(t("Topic"), select(names.map((each) => [each, each]), topic ?? names[0]));
  const options = [
    ["confirmed", t("Somebody confirms")],
    ["added", t("Somebody is added or imported")],
    ...(names.length ? [["topic", t("Somebody chooses a topic")]] : []),
  ];
  const when = select(options, on, () => (which.root.hidden = when.value !== "topic"));
  which.root.hidden = on !== "topic";
  const root = el("div", {}, field(t("It begins when"), when).root, which.root);
  const read = () => when.value === "topic" ? { on: "topic", topic: which.input.value } : { on: when.value };
  return { root, read };
}
