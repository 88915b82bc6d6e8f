// One email of a sequence: how long to wait for it, and its letter at the desk.

import * as api from "./api.js";
import { letterDesk } from "./desk.js";
import { deskKnows } from "./draft.js";
import { el, replace } from "./dom.js";
import { placeOfZone } from "./format.js";
import { dismissGuard, guard } from "./guard.js";
import { back, busy, button, card, field, heading, linkButton, load, notice, toast } from "./parts.js";
import { testButton } from "./sending.js";
import { writtenOf } from "./sequence.js";
import { addressOf } from "./sequences.js";
import { t } from "./words.js";

const NEW = { wait: { days: 1, hours: 0, minutes: 0 }, letter: {} };
const SPANS = [["days", 365], ["hours", 23], ["minutes", 59]];

export function showStep({ main, parameters, signal }) {
  const path = `sequences/${api.piece(parameters.id)}`;
  const body = el("div");
  replace(main, back(`#/${path}`, t("Sequence")), heading(t("Email of a sequence")), body);
  const fetch = () => Promise.all([api.get(path, {}, signal), deskKnows(signal)]);
  load(body, fetch, ([sequence, known]) => {
    const index = parameters.step === "new" ? sequence.steps.length : Number(parameters.step) - 1;
    replace(body, editor(sequence, index, known, path, signal));
  });
}

function editor(sequence, index, known, path, signal) {
  const step = sequence.steps[index] ?? NEW;
  const problems = el("div");
  let isChanged = false;
  guard(() => isChanged);
  const changed = () => (isChanged = true);
  const waits = waitFields(step, changed);
  const desk = letterDesk({ ...known, letter: step.letter, audience: null, signal, changed });
  const save = button(t("Save"), () =>
    busy(save, async () => {
      const steps = sequence.steps.toSpliced(index, 1, { ...waits.read(), letter: desk.letter() });
      await api.put(path, { ...writtenOf(sequence), steps });
      isChanged = false;
      dismissGuard();
      toast(t("Saved."));
      location.hash = addressOf(sequence);
    }, problems), "primary");
  const test = testButton(desk);
  return desk.letterPage(
    card(t("When"), waits.root),
    sequence.counts.inside
      ? notice(
        "info",
        t("Anyone who is inside keeps the emails they began with. What you change is for those who enter later."),
      )
      : null,
    problems,
    el("div", { class: "buttons" }, save, test, linkButton(t("Cancel"), addressOf(sequence))),
  );
}

function waitFields({ wait = {}, at }, changed) {
  const label = { days: t("Days"), hours: t("Hours"), minutes: t("Minutes") };
  const spans = SPANS.map(([name, max]) => {
    const input = el("input", {
      type: "number",
      min: "0",
      max: String(max),
      value: String(wait[name] ?? 0),
      oninput: changed,
    });
    return [name, field(label[name], input)];
  });
  const time = el("input", { type: "time", value: at ?? "", oninput: changed });
  const root = el(
    "div",
    {},
    el(
      "p",
      { class: "hint" },
      t("Counted from entering, or from the previous email. Leave all at zero to send at once."),
    ),
    el("div", { class: "spans" }, spans.map(([, each]) => each.root)),
    field(t("Time of day"), time, { optional: true, hint: t("Time zone: {place}.", { place: placeOfZone() }) })
      .root,
  );
  const read = () => ({
    wait: Object.fromEntries(spans.map(([name, { input }]) => [name, Number(input.value)])),
    ...(time.value ? { at: time.value.slice(0, 5) } : {}),
  });
  return { root, read };
}
