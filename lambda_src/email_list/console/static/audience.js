// Whom a letter is for, and how many they are.

import * as api from "./api.js";
import { el, replace } from "./dom.js";
import { describeFilter } from "./filters.js";
import { people } from "./format.js";
import { nameOf } from "./names.js";
import { button, card, checkbox, field, messageOf, pairsField, select } from "./parts.js";
import { t } from "./words.js";

const COUNT_PAUSE = 500;

// `audience` is the API's, `text` its attributes as lines, where they are kept as they were typed. `changed` gets the new
// text, and the new audience, or null while a line is not understood. `read()` gives what the page holds; it tells the
// reader of a line that is not understood, and gives null. `segments` are those that are saved.
export function audienceCard({ topics, segments, audience, text, changed, signal }) {
  const size = el("p", { class: "audience-size", role: "status" });
  const [rule, own] = [el("div"), { filter: audience.filter ?? null, segment: audience.segment ?? null }];
  let timer = 0;
  let counting = new AbortController();
  const chosenTopics = () => choices.filter(({ input }) => input.checked).map(({ topic }) => topic);
  const whole = (attributes) => attributes && { topics: chosenTopics(), attributes, ...withoutNull(own) };
  const read = () => whole(filter.read());
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
    changed(filter.input.value, whole(filter.peek()));
    size.textContent = t("Counting …");
    refresh();
  };
  signal.addEventListener("abort", () => {
    clearTimeout(timer);
    counting.abort();
  });
  const choices = topics.map((topic) => ({
    topic: topic.name,
    ...checkbox(topic.name, (audience.topics ?? []).includes(topic.name), change, topic.description),
  }));
  const filter = pairsField(t("Only people with"), text, change, {
    hint: t("Attributes, one per line, such as: city = Berlin"),
    optional: true,
  });
  filter.input.rows = 2;
  const segment = segments.length > 0 &&
    field(
      t("Segment"),
      select(
        [["", t("None")], ...segments.map(({ id, name }) => [id, name])],
        own.segment ?? "",
        (chosen) => {
          own.segment = chosen || null;
          change();
        },
      ),
      { optional: true },
    );
  // A filter that was made elsewhere: for a letter that is sent again, or by a program.
  const showRule = () =>
    replace(
      rule,
      own.filter && el(
        "p",
        { class: "notice info" },
        el("bdi", {}, describeFilter(own.filter)),
        " ",
        button(t("Remove this rule"), () => {
          own.filter = null;
          showRule();
          change();
        }),
      ),
    );
  showRule();
  refresh(0);
  const root = card(
    t("Readers"),
    rule,
    topics.length
      ? el(
        "fieldset",
        {},
        el("legend", {}, t("Interested in at least one of")),
        el("p", { class: "hint" }, t("With none chosen, everyone who is active gets it, whatever their topics.")),
        choices.map((choice) => choice.root),
      )
      : el("p", {}, t("Everyone who is active.")),
    segment && segment.root,
    filter.root,
    size,
  );
  return { root, read, focus: () => filter.input.focus() };
}

const withoutNull = (audience) => Object.fromEntries(Object.entries(audience).filter(([, value]) => value !== null));

export const inPeople = (size) =>
  size.exact ? people(size.people) : t("at least {people}", { people: people(size.people) });

export function describeAudience(audience) {
  const { topics = [], attributes = {}, filter, segment } = audience ?? {};
  const wanted = [
    ...topics,
    ...Object.entries(attributes ?? {}).map(([name, value]) => `${name} = ${value}`),
    ...(segment ? [nameOf("segments", segment)] : []),
    ...(filter ? [describeFilter(filter)] : []),
  ];
  if (!wanted.length) return t("Everyone who is active");
  return el("bdi", {}, wanted.map((each, index) => [index ? ", " : "", each]));
}
