// Feeds whose new entries are emailed: which there are, when each is looked at, and what an issue looks like.

import * as api from "./api.js";
import { el, replace } from "./dom.js";
import { deskKnows } from "./draft.js";
import { placeOfZone, weekdayName, when } from "./format.js";
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
  notice,
  select,
  showProblem,
  table,
  textInput,
  toast,
} from "./parts.js";
import { letterPreview } from "./preview.js";
import { said, t } from "./words.js";

const WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
const LAST_DAY = 28;
const NEW = { url: "", cadence: { every: "week", on: "monday", at: "09:00" }, template: "digest", mode: "draft" };

export function showFeeds({ main, signal }) {
  const place = el("div");
  replace(
    main,
    back("#/campaigns", t("Campaigns")),
    heading(t("Feeds"), linkButton(t("New feed"), "#/feeds/new", "primary")),
    el("p", { class: "lead" }, t("What is new on your website, emailed automatically: each entry once.")),
    place,
  );
  const show = () =>
    load(place, () => api.get("feeds", {}, signal), ({ feeds }) => {
      replace(
        place,
        cards(
          feeds,
          (feed) => feedCard(feed, show),
          empty(t("No feeds yet."), t("Most websites with news have a feed, often at /feed or /rss.")),
        ),
      );
    });
  show();
}

function feedCard(feed, refresh) {
  const address = `#/feeds/${api.piece(feed.id)}`;
  const path = `feeds/${api.piece(feed.id)}`;
  const remove = () =>
    deletion({ title: t("Delete this feed?"), text: t("Drafts and campaigns made of it stay."), path }).then((gone) =>
      gone && refresh()
    );
  const paused = feed.status === "paused";
  const toggle = (event) =>
    busy(event.currentTarget, async () => {
      await api.post(`${path}/${paused ? "resume" : "pause"}`);
      toast(paused ? t("The feed is read again.") : t("The feed is paused."));
      refresh();
    });
  return el(
    "li",
    { class: "card" },
    el("h3", {}, el("a", { href: address }, el("bdi", {}, feed.title || feed.url))),
    el("p", {}, paused ? t("Paused") : cadenceInWords(feed.cadence)),
    el("p", {}, feed.mode === "send" ? t("Sent as a campaign") : t("Kept as a draft")),
    el("p", { class: "quiet-text" }, t("Last read {moment}", { moment: when(feed.looked_at) })),
    feed.problem && notice("warning", said(feed.problem)),
    el(
      "div",
      { class: "buttons" },
      linkButton(t("Edit"), address),
      button(paused ? t("Resume") : t("Pause"), toggle),
      button(t("Delete"), remove, "danger-quiet"),
    ),
  );
}

function cadenceInWords({ every, on, at }) {
  if (every === "day") return t("Every day at {time}", { time: at });
  if (every === "month") return t("On day {day} of each month at {time}", { day: on, time: at });
  return t("Every {weekday} at {time}", { weekday: weekdayName(WEEKDAYS.indexOf(on)), time: at });
}

export function showFeed({ main, parameters, signal }) {
  const id = parameters.id === "new" ? "" : parameters.id;
  const body = el("div");
  replace(main, back("#/feeds", t("Feeds")), heading(id ? t("Feed") : t("New feed")), body);
  const fetch = () => Promise.all([id ? api.get(`feeds/${api.piece(id)}`, {}, signal) : NEW, deskKnows(signal)]);
  load(body, fetch, ([feed, known]) => replace(body, editor(id, feed, known, signal)));
}

function editor(id, feed, { list, templates, segments }, signal) {
  const address = { type: "url", value: feed.url, required: true, maxlength: 1000, placeholder: "https://" };
  const fields = {
    url: field(t("Address of the feed"), textInput(address), { hint: t("RSS, Atom or JSON Feed.") }),
    mode: field(
      t("New entries become"),
      select(
        [["draft", t("a draft that an editor sends")], ["send", t("a campaign that is sent automatically")]],
        feed.mode,
      ),
    ),
    template: field(t("Template"), choice(templates.map(({ name }) => [name, name]), feed.template)),
    segment: field(
      t("Readers"),
      choice([["", t("Everybody")], ...segments.map((each) => [each.id, each.name])], feed.segment ?? ""),
    ),
  };
  const cadence = cadenceFields(feed.cadence);
  const read = () => ({
    url: fields.url.input.value.trim(),
    mode: fields.mode.input.value,
    template: fields.template.input.value,
    segment: fields.segment.input.value || null,
    cadence: cadence.read(),
  });
  const problems = el("div");
  // Do something with what is written; what is wrong with it is said at its field.
  const attempt = (trigger, work) =>
    busy(trigger, async () => {
      Object.values(fields).forEach((each) => each.problem(""));
      try {
        await work(read());
      } catch (error) {
        if (!showProblem(error, fields)) throw error;
      }
    }, problems);
  const save = el("button", { type: "submit", class: "primary" }, t("Save"));
  const submit = (event) => {
    event.preventDefault();
    return attempt(save, async (wanted) => {
      if (id) await api.put(`feeds/${api.piece(id)}`, wanted);
      else await api.post("feeds", wanted);
      toast(t("Saved."));
      location.hash = "#/feeds";
    });
  };
  let letter = null;
  const preview = letterPreview({
    signal,
    sender: list.sender,
    render: (current, reader) =>
      letter && api.post("drafts/preview", { ...letter, values: { ...letter.values, ...reader } }, { signal: current }),
  });
  preview.root.hidden = true;
  const show = button(t("Read the feed"), () =>
    attempt(show, async (wanted) => {
      ({ letter } = await api.post("feeds/preview", wanted, { signal }));
      preview.root.hidden = false;
      preview.refresh(0);
    }));
  return el(
    "form",
    { onsubmit: submit },
    feed.problem && notice("warning", said(feed.problem)),
    card(t("What is read"), fields.url.root, cadence.root),
    card(t("What becomes of it"), fields.mode.root, fields.template.root, fields.segment.root),
    card(
      t("What an issue looks like"),
      el("p", {}, t("With the entries that the feed has now. Nothing is stored or sent.")),
      el("div", { class: "buttons" }, show),
      preview.root,
    ),
    problems,
    el("div", { class: "buttons" }, save, linkButton(t("Cancel"), "#/feeds")),
    feed.items?.length ? card(t("Entries"), entriesTable(feed.items)) : null,
  );
}

// One of several. What was chosen before and is gone stays chosen: saving must not choose another, such as everybody.
function choice(options, chosen) {
  const isThere = options.some(([value]) => value === chosen);
  return select(isThere ? options : [...options, [chosen, t("as before, although it is gone")]], chosen);
}

// How often, on which day and when; the day is asked for where there is one.
function cadenceFields({ every, on, at, time_zone }) {
  const weekday = field(t("Day of the week"), select(WEEKDAYS.map((day, index) => [day, weekdayName(index)]), on));
  const days = Array.from({ length: LAST_DAY }, (_, index) => [`${index + 1}`, `${index + 1}`]);
  const monthDay = field(t("Day of the month"), select(days, `${on}`));
  const arrange = () => {
    weekday.root.hidden = often.value !== "week";
    monthDay.root.hidden = often.value !== "month";
  };
  const often = select(
    [["day", t("every day")], ["week", t("every week")], ["month", t("every month")]],
    every,
    arrange,
  );
  const time = field(t("Time of day"), el("input", { type: "time", value: at, required: true }), {
    hint: t("Time zone: {place}.", { place: placeOfZone(time_zone) }),
  });
  arrange();
  const read = () => ({
    every: often.value,
    at: time.input.value,
    ...(often.value === "week" ? { on: weekday.input.value } : {}),
    ...(often.value === "month" ? { on: Number(monthDay.input.value) } : {}),
    ...(time_zone ? { time_zone } : {}),
  });
  return { root: el("div", {}, field(t("It is read"), often).root, weekday.root, monthDay.root, time.root), read };
}

function entriesTable(items) {
  const columns = [
    { title: t("Entry"), cell: ({ title }) => el("bdi", {}, title) },
    {
      title: t("Status"),
      cell: ({ state }) => state === "seen" ? t("Was there before the feed was added") : t("In an issue"),
    },
  ];
  return table(t("Entries"), columns, items);
}
