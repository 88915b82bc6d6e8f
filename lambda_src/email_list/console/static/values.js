// A template's values as fields: a text each, and rows that can be added, moved and removed for each list. Samples are
// shown as examples; a value is only what somebody has written.

import { el, replace } from "./dom.js";
import { capitalised } from "./format.js";
import { button, checkbox, field, textArea, textInput } from "./parts.js";
import { toolbarFor } from "./toolbar.js";
import { t } from "./words.js";

const LONG = 60;

// `variables` are the template's own, such as {name: "items.*.title", required, format}. `changed` gets all
// values, and `values()` gives them.
// `legend` names them all. `complete()` says at each field what is missing, goes to the first, and tells whether nothing is.
export function valuesForm(variables, sample, values, changed, legend = t("Content")) {
  const checks = new Set();
  let [current, isBuilt] = [values, false];
  const set = (next) => {
    current = next;
    if (isBuilt) changed(next);
  };
  const fields = members(treeOf(variables), sample, values, set, checks);
  const root = el("fieldset", {}, el("legend", {}, legend), fields);
  isBuilt = true;
  const complete = () => {
    const wrong = [...checks].filter(({ input, check }) => input.isConnected && !check());
    wrong[0]?.input.focus();
    return !wrong.length;
  };
  // The first field of a value, by its whole name or by the first of it.
  const find = (name) =>
    [...checks].find((each) => each.input.isConnected && (each.name === name || each.name.startsWith(`${name}.`)))
      ?.input;
  return { root, complete, values: () => current, find };
}

// {names: {items: {names: {"*": {names: {title: {leaf: …}}}}}}}
function treeOf(variables) {
  const root = { names: {} };
  for (const variable of variables) {
    const leaf = variable.name.split(".").reduce((node, name) => (node.names[name] ??= { names: {} }), root);
    leaf.leaf = variable;
  }
  return root;
}

function members(node, sample, values, set, checks) {
  const state = { ...values };
  // As the sample has them, since its author began with what matters.
  const order = Object.keys(sample ?? {});
  const place = ([name]) => (order.includes(name) ? order.indexOf(name) : order.length);
  return Object.entries(node.names).sort((one, other) => place(one) - place(other)).map(([name, below]) =>
    editor(below, words(name), sample?.[name], state[name], (value) => {
      if (value === undefined) delete state[name];
      else state[name] = value;
      set({ ...state });
    }, checks)
  );
}

function editor(node, label, sample, value, set, checks) {
  if (node.names["*"]) return rows(node.names["*"], label, sample, value, set, checks);
  if (!Object.keys(node.names).length) return leaf(node.leaf, label, sample, value, set, checks);
  const known = typeof value === "object" && value !== null ? value : {};
  return el("fieldset", { class: "group" }, el("legend", {}, label), members(node, sample, known, set, checks));
}

function leaf({ name, required, format }, label, sample, value, set, checks) {
  if (typeof sample === "boolean") {
    return checkbox(label, value === true, (on) => set(on || undefined)).root;
  }
  const example = sample === undefined || sample === "" ? "" : t("Example: {text}", { text: String(sample) });
  const isLong = format === "markdown" || example.length > LONG;
  const attributes = {
    value: value ?? "",
    placeholder: example,
    oninput: () => {
      shown.problem("");
      set(input.value === "" ? undefined : input.value);
    },
  };
  const input = isLong
    ? textArea({ ...attributes, rows: format === "markdown" ? 6 : 3 })
    : textInput({ ...attributes, inputmode: format === "address" ? "url" : null });
  const shown = field(label, input, { optional: !required });
  if (format === "markdown") input.before(toolbarFor(input));
  const check = () => {
    const isMissing = required && !input.value.trim();
    shown.problem(isMissing ? t("This is needed: the template has no text of its own for it.") : "");
    return !isMissing;
  };
  checks.add({ check, input, name });
  return shown.root;
}

// A list: one row to begin with, since a letter without any is rarely meant.
function rows(node, label, sample, value, set, checks) {
  const examples = Array.isArray(sample) ? sample : [];
  const isPlain = !Object.keys(node.names).length;
  const blank = () => (isPlain ? "" : {});
  let items = Array.isArray(value) ? [...value] : [blank()];
  const list = el("ol", { class: "value-rows" });
  const change = (next, focus) => {
    items = next;
    set([...items]);
    draw();
    const place = list.children[Math.min(focus, items.length - 1)];
    (place?.querySelector("input, textarea") ?? add).focus();
  };
  const move = (from, to) => {
    const next = [...items];
    next.splice(to, 0, ...next.splice(from, 1));
    change(next, to);
  };
  const draw = () =>
    replace(
      list,
      items.map((item, index) => {
        const put = (changed) => {
          items[index] = changed ?? blank();
          set([...items]);
        };
        const example = examples[index % examples.length];
        const name = t("{list} {number}", { list: label, number: index + 1 });
        const step = (text, by) =>
          items[index + by] !== undefined && el(
            "button",
            {
              type: "button",
              class: "quiet",
              "aria-label": `${t(by < 0 ? "Move up" : "Move down")}: ${name}`,
              onclick: () => move(index, index + by),
            },
            text,
          );
        return el(
          "li",
          {},
          el(
            "fieldset",
            { class: "group" },
            el("legend", {}, name),
            isPlain ? leaf(node.leaf, name, example, item, put, checks) : members(node, example, item, put, checks),
            el(
              "div",
              { class: "row-actions" },
              step("↑", -1),
              step("↓", 1),
              el("button", {
                type: "button",
                class: "quiet",
                "aria-label": `${t("Remove")}: ${name}`,
                onclick: () => change(items.filter((_, at) => at !== index), index),
              }, t("Remove")),
            ),
          ),
        );
      }),
    );
  const add = button(t("Add to {list}", { list: label }), () => change([...items, blank()], items.length));
  if (!Array.isArray(value)) set([...items]);
  draw();
  return el("fieldset", { class: "group" }, el("legend", {}, label), list, add);
}

const words = (name) => capitalised(name).replaceAll("_", " ");
