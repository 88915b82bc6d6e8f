// One sequence: its emails in a line, who is at each of them, and what came back.

import * as api from "./api.js";
import { el, replace } from "./dom.js";
import { at, counted, number, percent } from "./format.js";
import { knownForRows, rowEditor } from "./filter-rows.js";
import { describeFilter, rowsOf, treeOf } from "./filters.js";
import {
  back,
  busy,
  button,
  card,
  chip,
  deletion,
  dialog,
  empty,
  facts,
  field,
  heading,
  linkButton,
  listing,
  load,
  notice,
  segments,
  showProblem,
  textInput,
  toast,
  told,
} from "./parts.js";
import { addressOf, triggerFields, triggerInWords } from "./sequences.js";
import { TEST_ADDRESSES } from "./sending.js";
import { said, t } from "./words.js";

const GROUPS = [["inside", "Inside"], ["finished", "Finished"], ["left", "Left"]];

export function showSequence({ main, parameters, signal }) {
  const path = `sequences/${api.piece(parameters.id)}`;
  const body = el("div");
  replace(main, back("#/sequences", t("Sequences")), heading(t("Sequence")), body);
  const show = () =>
    load(body, () => api.get(path, {}, signal), (sequence) => {
      main.querySelector("h1").replaceChildren(el("bdi", {}, sequence.name));
      replace(body, view(sequence, path, show, signal));
    });
  show();
}

// What PUT takes of what GET gave.
export const writtenOf = ({ name, trigger, filter, steps, exit }) => ({ name, trigger, filter, steps, exit });

function view(sequence, path, show, signal) {
  const problems = el("div");
  const { counts } = sequence;
  return [
    // Who paused it themselves need not be told.
    sequence.reason && sequence.reason.code !== "requested"
      ? notice("warning", el("bdi", {}, said(sequence.reason)))
      : null,
    el(
      "p",
      { class: "lead" },
      chip(sequence.status),
      " ",
      t("for {people}", { people: triggerInWords(sequence.trigger) }),
    ),
    stepLine(sequence, path, show),
    problems,
    actions(sequence, path, show, problems),
    el(
      "div",
      { class: "columns" },
      card(
        t("People"),
        facts([
          [t("Entered"), number(counts.entered)],
          [t("Inside"), number(counts.inside)],
          [t("Finished"), number(counts.finished)],
          [t("Left"), number(counts.left)],
        ]),
        peopleOf(path, signal),
      ),
      card(
        t("About"),
        facts([
          [t("It is for"), triggerInWords(sequence.trigger)],
          [t("Who may enter"), sequence.filter ? describeFilter(sequence.filter) : t("Everybody")],
          [
            t("Who leaves early"),
            sequence.exit ? describeFilter(sequence.exit) : t("Nobody, except those who unsubscribe"),
          ],
        ]),
        el(
          "div",
          { class: "buttons" },
          button(t("Change"), () => change(sequence, path, show, signal)),
          button(t("Who may enter"), () => changeFilter(sequence, "filter", path, show, signal)),
          button(t("Who leaves early"), () => changeFilter(sequence, "exit", path, show, signal)),
        ),
      ),
    ),
  ];
}

function stepLine(sequence, path, show) {
  const move = (steps) => api.put(path, { ...writtenOf(sequence), steps }).then(show);
  const { steps } = sequence;
  const cards = steps.map((step, index) => stepCard(sequence, step, index, move));
  const add = el(
    "li",
    { class: "step" },
    linkButton(t("Add an email"), `${addressOf(sequence)}/steps/new`),
  );
  return el("ol", { class: "steps", "aria-label": t("The emails, in their order") }, cards, add);
}

function stepCard(sequence, step, index, move) {
  const { steps, results } = sequence;
  const figures = results[index];
  const others = steps.filter((each) => each !== step);
  const swapped = () => [...steps.slice(0, index - 1), step, steps[index - 1], ...steps.slice(index + 1)];
  const earlier = index > 0 && button(t("Earlier"), () => busy(earlier, () => move(swapped())), "quiet");
  const remove = steps.length > 1 && button(t("Remove"), () =>
    dialog({
      title: t("Remove this email?"),
      body: el("p", {}, t("Anyone who is inside still gets it; anyone who enters from now on does not.")),
      action: t("Remove"),
      kind: "danger",
      confirm: async () => {
        await move(others);
        return true;
      },
    }), "danger-quiet");
  const subject = step.letter.subject || step.letter.template || t("no subject");
  return el(
    "li",
    { class: "card step" },
    el("p", { class: "quiet-text" }, waitInWords(step)),
    el(
      "h2",
      {},
      el("a", { href: `${addressOf(sequence)}/steps/${index + 1}` }, el("bdi", {}, subject)),
    ),
    figures && facts([
      [t("Waiting"), number(figures.inside)],
      [t("Sent"), number(figures.sent)],
      [t("Opened"), figures.opened ? percent(figures.opened, figures.delivered) : null],
      [t("Clicked"), figures.clicked ? percent(figures.clicked, figures.delivered) : null],
      [t("Bounced"), figures.bounced || null],
      [t("Complained"), figures.complained || null],
      [t("Left before it"), number(figures.left)],
    ]),
    el("div", { class: "buttons" }, earlier, remove),
  );
}

function waitInWords({ wait = {}, at: time }) {
  const words = [
    wait.days && counted(wait.days, "day"),
    wait.hours && counted(wait.hours, "hour"),
    wait.minutes && counted(wait.minutes, "minute"),
  ];
  const spans = words.filter(Boolean);
  const after = spans.length ? t("after {time}", { time: spans.join(" ") }) : t("at once");
  return time ? t("{wait}, at {time}", { wait: after, time }) : after;
}

function actions(sequence, path, show, problems) {
  const act = (trigger, name, done) =>
    busy(trigger, async () => {
      await api.post(`${path}/${name}`);
      toast(done);
      show();
    }, problems);
  const isActive = sequence.status === "active";
  const start = button(t("Activate"), () => act(start, "activate", t("The sequence is active.")), "primary");
  const pause = button(t("Pause"), () => act(pause, "pause", t("The sequence is paused.")));
  const test = button(t("Test all emails"), () => testAll(sequence));
  const remove = button(t("Delete"), async () => {
    const text = t("Everyone’s place in it and its figures are deleted.");
    if (await deletion({ title: t("Delete this sequence?"), text, path })) location.hash = "#/sequences";
  }, "danger-quiet");
  return el("div", { class: "buttons" }, isActive ? pause : start, test, isActive ? null : remove);
}

// The whole series to oneself, at once and in its order.
async function testAll({ steps }) {
  const to = field(t("To"), textInput({ type: "email", required: true, value: firstAddress() }), {
    hint: t("Every email of the series is sent there now, one after another. The subjects are marked as tests."),
  });
  const sent = await dialog({
    title: t("Test all emails"),
    body: to.root,
    action: t("Send tests"),
    confirm: async () => {
      try {
        for (const { letter } of steps) await api.post("drafts/test", { ...letter, to: [to.input.value] });
        return true;
      } catch (error) {
        if (error.code !== "invalid_address" && error.details?.field !== "to") throw error;
        to.problem(error.message);
        throw told();
      }
    },
  });
  if (sent) toast(t("The test is on its way to {addresses}.", { addresses: to.input.value }));
}

const firstAddress = () => (localStorage.getItem(TEST_ADDRESSES) ?? "").split(/[\s,;]+/)[0];

async function change(sequence, path, show, signal) {
  const name = field(t("Name"), textInput({ value: sequence.name, required: true, maxlength: 100 }));
  const trigger = await triggerFields(sequence.trigger, signal);
  const done = await dialog({
    title: t("Change the sequence"),
    body: [name.root, trigger.root],
    action: t("Save"),
    confirm: async () => {
      try {
        await api.put(path, { ...writtenOf(sequence), name: name.input.value, trigger: trigger.read() });
        return true;
      } catch (error) {
        if (showProblem(error, { name })) throw told();
        throw error;
      }
    },
  });
  if (done) show();
}

// Who may enter, or who leaves early: everybody and nobody without conditions.
async function changeFilter(sequence, which, path, show, signal) {
  const known = await knownForRows(signal);
  const read = sequence[which] ? rowsOf(sequence[which]) : { match: "all", rows: [{}] };
  if (!read) {
    return toast(t("This filter is more than a list of conditions, so it can be changed through the API alone."));
  }
  const rows = rowEditor(read, known, () => {});
  const hint = which === "exit"
    ? t("Anyone who meets these conditions gets no further email. Without any, only those leave who unsubscribe.")
    : t("Without a condition, everybody may enter.");
  const done = await dialog({
    title: which === "exit" ? t("Who leaves early") : t("Who may enter"),
    body: [el("p", { class: "hint" }, hint), rows.root],
    action: t("Save"),
    wide: true,
    confirm: async () => {
      await api.put(path, { ...writtenOf(sequence), [which]: treeOf(rows.read()) });
      return true;
    },
  });
  return done && show();
}

function peopleOf(path, signal) {
  const results = el("div", { class: "results" });
  const show = (group) => {
    const place = el("div");
    replace(results, place);
    listing({
      place,
      caption: t("People"),
      noun: ["person", "people"],
      columns: [
        { title: t("Address"), cell: ({ email }) => el("bdi", {}, email) },
        ...(group === "inside" ? [{ title: t("Next email"), class: "number", cell: ({ step }) => number(step) }] : []),
        { title: t("When"), class: "date", cell: ({ due_at: due, ended_at: ended }) => at(due ?? ended) },
        ...(group === "left" ? [{ title: t("Why"), cell: ({ reason }) => t(reason ?? "") }] : []),
      ],
      fetch: async (cursor) => {
        const page = await api.get(`${path}/people`, { group, limit: 50, cursor }, signal);
        return { rows: page.people, cursor: page.cursor };
      },
      nothing: () => empty(t("Nobody.")),
    });
  };
  const choice = segments(t("People"), GROUPS.map(([name, words]) => [name, t(words)]), "inside", show);
  show("inside");
  return el("div", {}, choice, results);
}
