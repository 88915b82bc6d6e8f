// Whom a letter is for, and how many they are.

import * as api from "./api.js";
import { el } from "./dom.js";
import { people } from "./format.js";
import { card, checkbox, messageOf, pairsField } from "./parts.js";
import { t } from "./words.js";

const COUNT_PAUSE = 500;

// `audience` is the API's, `text` its attributes as lines, where they are kept as they were typed. `changed` gets the new
// text, and the new audience, or null while a line is not understood. `read()` gives what the page holds; it tells the
// reader of a line that is not understood, and gives null.
export function audienceCard(topics, audience, text, changed, signal) {
  const size = el("p", { class: "audience-size", role: "status" });
  let timer = 0;
  let counting = new AbortController();
  const chosenTopics = () => choices.filter(({ input }) => input.checked).map(({ topic }) => topic);
  const read = () => {
    const attributes = filter.read();
    return attributes && { topics: chosenTopics(), attributes };
  };
  const count = async () => {
    counting = new AbortController();
    const request = read();
    if (!request) return (size.textContent = t("The readers cannot be counted until this line is understood."));
    size.textContent = t("Counting …");
    try {
      size.textContent = inPeople(
        await api.post("drafts/audience", { audience: request }, { signal: counting.signal }),
      );
    } catch (error) {
      if (error.name === "AbortError") return undefined;
      size.textContent = "";
      filter.problem(messageOf(error));
    }
    return undefined;
  };
  const refresh = (pause = COUNT_PAUSE) => {
    clearTimeout(timer);
    counting.abort();
    timer = setTimeout(count, pause);
  };
  const change = () => {
    const attributes = filter.peek();
    changed(filter.input.value, attributes && { topics: chosenTopics(), attributes });
    size.textContent = t("Counting …");
    refresh();
  };
  signal.addEventListener("abort", () => {
    clearTimeout(timer);
    counting.abort();
  });
  const choices = topics.map((topic) => ({
    topic: topic.name,
    ...checkbox(topic.name, audience.topics.includes(topic.name), change, topic.description),
  }));
  const filter = pairsField(t("Only people with"), text, change, {
    hint: t("Attributes, one per line, such as: city = Berlin"),
    optional: true,
  });
  filter.input.rows = 2;
  refresh(0);
  const root = card(
    t("Readers"),
    topics.length
      ? el(
        "fieldset",
        {},
        el("legend", {}, t("Interested in at least one of")),
        el("p", { class: "hint" }, t("With none chosen, everyone who is active gets it, whatever their topics.")),
        choices.map((choice) => choice.root),
      )
      : el("p", {}, t("Everyone who is active.")),
    filter.root,
    size,
  );
  return { root, read, focus: () => filter.input.focus() };
}

export const inPeople = (
  size,
) => (size.exact ? people(size.people) : t("at least {people}", { people: people(size.people) }));

export function describeAudience({ topics = [], attributes = {} } = {}) {
  const wanted = [...topics, ...Object.entries(attributes).map(([name, value]) => `${name} = ${value}`)];
  return wanted.length ? el("bdi", {}, wanted.join(", ")) : t("Everyone who is active");
}
