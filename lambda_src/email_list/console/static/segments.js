// Segments: filters saved under a name. The editor shows a filter as rows; one that is no list of rows stays as it is,
// to be read and renamed.

import * as api from "./api.js";
import { el, replace } from "./dom.js";
import { counted, people, when } from "./format.js";
import {
  back,
  busy,
  button,
  card,
  cards,
  deletion,
  empty,
  field,
  heading,
  linkButton,
  load,
  messageOf,
  notice,
  showProblem,
  textInput,
  toast,
} from "./parts.js";
import { describeFilter, rowsOf, treeOf } from "./filters.js";
import { knownForRows, rowEditor } from "./filter-rows.js";
import { t } from "./words.js";

const COUNT_PAUSE = 600;

export function showSegments({ main, signal }) {
  const place = el("div");
  replace(
    main,
    back("#/subscribers", t("Subscribers")),
    heading(t("Segments"), linkButton(t("New segment"), "#/segments/new", "primary")),
    el(
      "p",
      { class: "lead" },
      t("A segment chooses readers by what is known about them. Use it for campaigns and exports."),
    ),
    place,
  );
  const show = () =>
    load(place, () => api.get("segments", { limit: 100 }, signal), ({ segments }) => {
      replace(
        place,
        cards(
          segments,
          (segment) => segmentCard(segment, show),
          empty(t("No segments yet."), t("Save a filter under a name, and use it again and again.")),
        ),
      );
    });
  show();
}

function segmentCard(segment, refresh) {
  const address = `#/segments/${api.piece(segment.id)}`;
  const path = `segments/${api.piece(segment.id)}`;
  const remove = () =>
    deletion({ title: t("Delete this segment?"), text: t("Existing campaigns keep their readers."), path }).then((
      gone,
    ) => gone && refresh());
  return el(
    "li",
    { class: "card" },
    el("h3", {}, el("a", { href: address }, segment.name)),
    el("p", {}, el("bdi", {}, describeFilter(segment.filter))),
    el("p", { class: "quiet-text" }, t("Changed {moment}", { moment: when(segment.updated_at) })),
    el("div", { class: "buttons" }, linkButton(t("Edit"), address), button(t("Delete"), remove, "danger-quiet")),
  );
}

export function showSegment({ main, parameters, signal }) {
  const id = parameters.id === "new" ? "" : parameters.id;
  const body = el("div");
  replace(main, back("#/segments", t("Segments")), heading(id ? t("Segment") : t("New segment")), body);
  const fetch = async () => {
    const [known, segment] = await Promise.all([
      knownForRows(signal),
      id ? api.get(`segments/${api.piece(id)}`, {}, signal) : { name: "", filter: null },
    ]);
    return { known, segment };
  };
  load(body, fetch, ({ known, segment }) => replace(body, editor(id, segment, known, signal)));
}

function editor(id, segment, known, signal) {
  const name = field(t("Name"), textInput({ value: segment.name, required: true, maxlength: 100 }));
  const problems = el("div");
  const count = counter(signal);
  const read = segment.filter ? rowsOf(segment.filter) : { match: "all", rows: [{}] };
  const rows = read && rowEditor(read, known, () => {
    replace(problems);
    count.refresh(tree());
  });
  const tree = () => (rows ? treeOf(rows.read()) : segment.filter);
  const save = el("button", { type: "submit", class: "primary" }, t("Save"));
  const submit = (event) => {
    event.preventDefault();
    name.problem("");
    return busy(save, async () => {
      const filter = tree();
      if (!filter) return replace(problems, notice("problem", t("Complete at least one condition first.")));
      const wanted = { name: name.input.value, filter };
      try {
        if (id) await api.put(`segments/${api.piece(id)}`, wanted);
        else await api.post("segments", wanted);
      } catch (error) {
        if (showProblem(error, { name })) return undefined;
        throw error;
      }
      toast(t("Saved."));
      location.hash = "#/segments";
      return undefined;
    }, problems);
  };
  count.refresh(tree(), 0);
  return el(
    "form",
    { onsubmit: submit },
    card(
      t("Readers"),
      name.root,
      rows ? rows.root : notice(
        "info",
        t("This filter cannot be shown as a list of conditions. It stays as it is: "),
        describeFilter(segment.filter),
      ),
      known.exact ? null : el(
        "p",
        { class: "hint" },
        t("The values offered are those of the first {people}.", { people: people(known.people) }),
      ),
    ),
    card(t("Who it chooses"), count.root),
    problems,
    el("div", { class: "buttons" }, save, linkButton(t("Cancel"), "#/segments")),
  );
}

// How many readers a filter chooses, a moment after it was last changed, and some of them.
function counter(signal) {
  const size = el("p", { class: "audience-size", role: "status" });
  const examples = el("ul", { class: "plain-list" });
  let timer = 0;
  let counting = new AbortController();
  const stop = () => {
    clearTimeout(timer);
    counting.abort();
  };
  signal.addEventListener("abort", stop);
  const count = async (filter) => {
    counting = new AbortController();
    try {
      const found = await api.post("segments/count", { filter }, { signal: counting.signal });
      const known = counted(found.count, "person", "people");
      size.textContent = found.exact
        ? known
        : t("at least {people}: there was no time to look at everybody", { people: known });
      replace(examples, found.sample.map((person) => el("li", {}, el("bdi", {}, personName(person)))));
    } catch (error) {
      if (error.name === "AbortError") return;
      size.textContent = messageOf(error);
    }
  };
  const refresh = (filter, pause = COUNT_PAUSE) => {
    stop();
    replace(examples);
    size.textContent = filter ? t("Counting …") : t("Complete a condition to see whom it chooses.");
    if (filter) timer = setTimeout(() => count(filter), pause);
  };
  return { root: el("div", {}, size, examples), refresh };
}

const personName = ({ email, name }) => (name ? `${name} (${email})` : email);
