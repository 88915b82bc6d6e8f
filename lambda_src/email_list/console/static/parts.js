// The pieces that pages are made of: states, messages, tables, fields, dialogs.

import * as api from "./api.js";
import { append, el, replace } from "./dom.js";
import { counted } from "./format.js";
import { readPairs } from "./pairs.js";
import { t } from "./words.js";

let ids = 0;
export const newId = () => `part-${++ids}`;

// States: everything that is fetched is loading, then there, empty, or failed.

// Fetch something and show it in `place`; a failure is shown in its stead, with a button that tries again.
export async function load(place, fetch, show) {
  const skeleton = setTimeout(() => replace(place, loading()), 150);
  place.setAttribute("aria-busy", "true");
  try {
    const found = await fetch();
    clearTimeout(skeleton);
    replace(place);
    await show(found, place);
  } catch (error) {
    clearTimeout(skeleton);
    if (error.name === "AbortError") return;
    replace(place, failure(error, () => load(place, fetch, show)));
  } finally {
    place.removeAttribute("aria-busy");
  }
}

function loading() {
  const lines = [1, 2, 3].map(() => el("span", { class: "skeleton" }));
  return el("div", { class: "loading", role: "status" }, el("span", { class: "unseen" }, t("Loading")), lines);
}

export function failure(error, retry) {
  if (!(error instanceof api.ApiError)) console.error(error);
  const isGone = error.status === 404;
  const again = isGone ? linkButton(t("Back to the overview"), "#/") : retry && button(t("Try again"), retry);
  return el(
    "div",
    { class: "state problem", role: "alert" },
    el("p", {}, el("strong", {}, t(isGone ? "Nothing is here." : "This could not be loaded."))),
    el("p", {}, messageOf(error)),
    again,
  );
}

// A list of cards, or what is said where there are none.
export function cards(items, cardOf, nothing) {
  return items.length ? el("ul", { class: "cards" }, items.map(cardOf)) : nothing;
}

export function empty(title, text, ...actions) {
  const buttons = actions.length ? el("div", { class: "buttons" }, actions) : null;
  return el("div", { class: "state" }, el("p", {}, el("strong", {}, title)), el("p", {}, text), buttons);
}

export function messageOf(error) {
  if (!(error instanceof api.ApiError)) return t("Something went wrong in this page. Reload it, then try again.");
  const id = error.details?.request_id;
  return id ? `${error.message} (${t("request {id}", { id })})` : error.message;
}

// Messages to the reader.

const live = el("div", { class: "unseen", role: "status", "aria-live": "polite" });
const toasts = el("div", { class: "toasts" });
export const messages = [live, toasts];

// Say something to screen readers alone.
export function announce(text) {
  live.textContent = "";
  setTimeout(() => (live.textContent = text), 50);
}

// Say that something is done, for a few seconds; longer where it can be taken back by `act`.
export function toast(text, { action, act } = {}) {
  const undo = action && button(action, () => {
    note.remove();
    busy(undo, act);
  });
  const note = el("div", { class: "toast" }, text, undo);
  toasts.append(note);
  announce(text);
  setTimeout(() => note.remove(), action ? 15000 : 6000);
}

// A message that stays; `kind` is info, warning, problem or done.
export function notice(kind, ...children) {
  return el("div", { class: `notice ${kind}`, role: kind === "problem" ? "alert" : null }, children);
}

// Headings and links.

export function heading(title, ...actions) {
  return el(
    "div",
    { class: "heading" },
    el("h1", { tabindex: "-1" }, title),
    actions.length ? el("div", { class: "buttons" }, actions) : null,
  );
}

export function back(address, text) {
  return el("p", { class: "back" }, el("a", { href: address }, `← ${text}`));
}

export function card(title, ...children) {
  const id = newId();
  return el("section", { class: "card", "aria-labelledby": id }, el("h2", { id }, title), children);
}

// Buttons.

export function button(text, onclick, kind = "") {
  return el("button", { type: "button", class: kind, onclick }, text);
}

export function linkButton(text, address, kind = "") {
  return el("a", { class: `button ${kind}`, href: address }, text);
}

// Let a button do something once at a time; a failure is told at `problems`, or else as a dialog's own message.
export async function busy(trigger, work, problems) {
  if (trigger.getAttribute("aria-busy") === "true") return undefined;
  trigger.setAttribute("aria-busy", "true");
  if (problems) replace(problems);
  try {
    return await work();
  } catch (error) {
    if (error.name === "AbortError") return undefined;
    if (!(error instanceof api.ApiError)) console.error(error);
    if (problems) replace(problems, notice("problem", messageOf(error)));
    else toast(messageOf(error));
    return undefined;
  } finally {
    trigger.removeAttribute("aria-busy");
  }
}

// Status words with a colour. Unknown ones are shown as they come.

const TONES = {
  active: "good",
  sent: "good",
  delivered: "good",
  opened: "good",
  clicked: "good",
  done: "good",
  verified: "good",
  pending: "calm",
  scheduled: "calm",
  planning: "calm",
  sending: "calm",
  running: "calm",
  waiting: "calm",
  paused: "warn",
  "soft bounced": "warn",
  delayed: "warn",
  unsubscribed: "quiet",
  cancelled: "quiet",
  skipped: "quiet",
  bounced: "bad",
  complained: "bad",
  failed: "bad",
  rejected: "bad",
  unknown: "warn",
};

export function chip(status) {
  return el("span", { class: `chip ${TONES[status] ?? "quiet"}` }, t(status));
}

// Tables. A column is {title, cell: (row) => node or text, class}; on a phone, rows become blocks with these titles.

export function table(caption, columns, rows) {
  const head = el("tr", {}, columns.map(({ title, class: kind }) => el("th", { scope: "col", class: kind }, title)));
  const body = rows.map((row) => tableRow(columns, row));
  return el(
    "table",
    {},
    el("caption", { class: "unseen" }, caption),
    el("thead", {}, head),
    el("tbody", {}, body),
  );
}

function tableRow(columns, row) {
  const cells = columns.map(({ title, cell, class: kind }, index) =>
    index === 0
      ? el("th", { scope: "row", class: kind }, cell(row))
      : el("td", { class: kind, "data-title": title }, cell(row))
  );
  return el("tr", {}, cells);
}

// A listing that grows page by page. `fetch` takes a cursor and gives {rows, cursor}; `nothing` is its empty state,
// `noun` what its rows are, one and many; `onward` is what the button that continues says, and `unfinished` what is said
// of the count until then. `refresh()` fetches what is shown once more, without a blink.
export function listing({
  place,
  caption,
  columns,
  fetch,
  nothing,
  noun,
  onward = t("Show more"),
  unfinished = (count) => t("{count} shown; there are more.", { count }),
}) {
  let [shown, total, cursor] = [null, 0, null];
  const count = el("p", { class: "count" });
  const more = button(onward, () =>
    busy(more, async () => {
      take(await fetch(cursor));
      announce(count.textContent);
    }));
  const take = ({ rows, cursor: next }) => {
    [total, cursor] = [total + rows.length, next];
    append(shown.tBodies[0], rows.map((row) => tableRow(columns, row)));
    const known = counted(total, ...noun);
    count.textContent = cursor ? unfinished(known) : known;
    more.hidden = !cursor;
  };
  const show = (first) => {
    if (!first.rows.length && !first.cursor) return replace(place, nothing());
    [shown, total] = [table(caption, columns, []), 0];
    take(first);
    return replace(place, shown, el("div", { class: "more" }, count, more));
  };
  load(place, () => fetch(null), show);
  const refresh = async () => {
    const wanted = total;
    const pages = [await fetch(null)];
    while (pages.flatMap(({ rows }) => rows).length < wanted && pages.at(-1).cursor) {
      pages.push(await fetch(pages.at(-1).cursor));
    }
    show({ rows: pages.flatMap(({ rows }) => rows), cursor: pages.at(-1).cursor });
  };
  return { refresh };
}

// Hands a file of our own making to the browser's downloads.
export function saveFile(name, type, content) {
  const address = URL.createObjectURL(new Blob([content], { type }));
  const link = el("a", { download: name });
  link.setAttribute("href", address);
  link.click();
  URL.revokeObjectURL(address);
}

// Term and description, side by side.
export function facts(pairs) {
  const shown = pairs.filter(([, value]) => value !== null && value !== undefined && value !== "");
  return el(
    "dl",
    { class: "facts" },
    shown.map(([term, value]) => el("div", {}, el("dt", {}, term), el("dd", {}, value))),
  );
}

// Fields. Each is {root, input, problem(text)}; `problem("")` takes the message away.

export function field(label, input, { hint = "", optional = false } = {}) {
  input.id ||= newId();
  const hintId = newId();
  const problemId = newId();
  const message = el("p", { class: "field-problem", id: problemId });
  input.setAttribute("aria-describedby", hint ? `${hintId} ${problemId}` : problemId);
  const root = el(
    "div",
    { class: "field" },
    el("label", { for: input.id }, label, optional && el("span", { class: "optional" }, ` ${t("optional")}`)),
    hint && el("p", { class: "hint", id: hintId }, hint),
    input,
    message,
  );
  const problem = (text) => {
    message.textContent = text;
    input.toggleAttribute("data-wrong", Boolean(text));
    if (text) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  };
  return { root, input, problem };
}

export const textInput = (attributes = {}) => el("input", { type: "text", ...attributes });
export const textArea = (attributes = {}) => el("textarea", { spellcheck: "true", ...attributes });

export function select(options, chosen, onchange) {
  const list = el(
    "select",
    { onchange: () => onchange?.(list.value) },
    options.map(([value, text]) => el("option", { value, selected: value === chosen }, text)),
  );
  return list;
}

// Pairs as lines of text. `peek()` gives them, or null where a line is none; `read()` tells the reader of it as well.
export function pairsField(label, text, onchange, options = {}) {
  const input = textArea({ rows: 3, spellcheck: "false", value: text });
  const shown = field(label, input, options);
  const peek = () => {
    try {
      return readPairs(input.value);
    } catch {
      return null;
    }
  };
  const read = () => {
    shown.problem("");
    try {
      return readPairs(input.value);
    } catch (error) {
      shown.problem(error.message);
      return null;
    }
  };
  input.addEventListener("input", () => {
    shown.problem("");
    onchange?.(input.value);
  });
  // A line that is still being written is not called wrong.
  input.addEventListener("blur", read);
  return { ...shown, read, peek };
}

export function checkbox(label, checked, onchange, hint = "") {
  const input = el("input", { type: "checkbox", checked, onchange: () => onchange?.(input.checked) });
  const text = el("span", {}, label, hint && el("span", { class: "hint" }, hint));
  return { root: el("label", { class: "choice" }, input, text), input };
}

// One of a few, as a row of buttons. `options` are [value, text].
export function segments(label, options, chosen, onchange) {
  const name = newId();
  const choices = options.map(([value, text]) =>
    el(
      "label",
      {},
      el("input", { type: "radio", name, value, checked: value === chosen, onchange: () => onchange(value) }),
      el("span", {}, text),
    )
  );
  return el("fieldset", { class: "segments" }, el("legend", { class: "unseen" }, label), choices);
}

// Choose one of `segments` without anybody having clicked it.
export function chooseSegment(group, value) {
  for (const input of group.querySelectorAll("input")) input.checked = input.value === value;
}

// Show an error of the API at the field it names; false when it names none of these.
export function showProblem(error, fields) {
  const name = error.details?.field ?? error.details?.part;
  const found = fields[name] ?? fields[String(name).split(".")[0]];
  if (!found) return false;
  found.problem(error.message);
  found.input.focus();
  return true;
}

// Thrown where the reader has been told already, at a field: whatever was under way ends without another word.
export const told = () => new DOMException("The reader has been told.", "AbortError");

// Ask whether to delete what is at a path of the API, and delete it; gives whether it is gone.
export function deletion({ title, text, path }) {
  const confirm = async () => {
    await api.remove(path);
    return true;
  };
  return dialog({ title, body: el("p", {}, text), action: t("Delete"), kind: "danger", confirm });
}

// Dialogs. Gives what `confirm` gives, or undefined when the reader turns away. `kind` colours the button.

export function dialog({ title, body, action, kind = "primary", confirm, dismiss = t("Cancel"), wide = false }) {
  const id = newId();
  const problems = el("div");
  const opener = document.activeElement;
  return new Promise((resolve) => {
    let outcome;
    const go = action instanceof Node ? action : el("button", { type: "submit", class: kind }, action);
    const submit = async (event) => {
      event.preventDefault();
      const given = await busy(go, async () => ({ value: await confirm() }), problems);
      if (!given) return;
      outcome = given.value;
      box.close();
    };
    const box = el(
      "dialog",
      { "aria-labelledby": id, class: wide && "wide" },
      el(
        "form",
        { onsubmit: submit },
        el("h2", { id }, title),
        el("div", { class: "dialog-body" }, body),
        problems,
        el("div", { class: "buttons" }, go, button(dismiss, () => box.close())),
      ),
    );
    box.addEventListener("close", () => {
      box.remove();
      if (opener?.isConnected) opener.focus();
      resolve(outcome);
    });
    document.body.append(box);
    box.showModal();
  });
}
