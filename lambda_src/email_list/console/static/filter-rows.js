// The rows of a filter, to be added, changed and taken away: pick lists where the values are known, with how many people
// have each.

import * as api from "./api.js";
import { el, replace } from "./dom.js";
import { day, number } from "./format.js";
import { button, segments, select } from "./parts.js";
import { KINDS, takesCampaign, takesDays, takesNoValue } from "./filters.js";
import { t } from "./words.js";

const MATCHES = [["all", "All of these"], ["any", "Any of these"]];

// What the rows offer: what is known of people, and the campaigns that somebody was sent.
export async function knownForRows(signal) {
  const [fields, { campaigns }] = await Promise.all([
    api.get("segments/fields", {}, signal),
    api.get("campaigns", { limit: 50 }, signal),
  ]);
  return { ...fields, campaigns: campaigns.filter(({ started_at: began }) => began) };
}

// `read` is what `rowsOf` gives, `known` what `knownForRows` gives; `changed()` is called after each change.
export function rowEditor({ match, rows }, known, changed) {
  let wanted = match;
  const shown = rows.map((row) => ({ ...row }));
  const list = el("ul", { class: "plain-list conditions" });
  const draw = (focus = -1) => {
    replace(list, shown.map((row, index) => el("li", { class: "condition" }, controls(row, index))));
    list.children[focus]?.querySelector("select, input")?.focus();
    changed();
  };
  const controls = (row, index) => [
    labelled(t("What"), kindSelect(row, () => draw(index))),
    row.kind === "attribute" && labelled(t("Attribute"), attributeSelect(row, known, () => draw(index))),
    row.kind && labelled(t("How"), comparisonSelect(row, () => draw(index))),
    row.kind && !takesNoValue(row.comparison) && labelled(t("Value"), ...valueInput(row, known, changed)),
    shown.length > 1 && button(t("Remove"), () => {
      shown.splice(index, 1);
      draw(Math.min(index, shown.length - 1));
    }, "quiet"),
  ];
  const root = el(
    "div",
    {},
    segments(t("How many must apply"), MATCHES.map(([value, text]) => [value, t(text)]), match, (value) => {
      wanted = value;
      changed();
    }),
    list,
    button(t("Add a condition"), () => {
      shown.push({});
      draw(shown.length - 1);
    }),
  );
  replace(list, shown.map((row, index) => el("li", { class: "condition" }, controls(row, index))));
  return { root, read: () => ({ match: wanted, rows: shown }) };
}

const labelled = (label, ...inputs) => el("label", {}, el("span", { class: "unseen" }, label), inputs);

function kindSelect(row, changed) {
  const options = Object.entries(KINDS).map(([kind, { label }]) => [kind, t(label)]);
  return select([["", t("Choose …")], ...options], row.kind ?? "", (kind) => {
    Object.assign(row, { kind, name: undefined, comparison: KINDS[kind]?.comparisons[0][0], value: "" });
    changed();
  });
}

function attributeSelect(row, { attributes }, changed) {
  const names = attributes.map(({ name, people }) => [name, `${name} (${number(people)})`]);
  const missing = row.name && !names.some(([name]) => name === row.name) ? [[row.name, row.name]] : [];
  return select([["", t("Choose …")], ...names, ...missing], row.name ?? "", (name) => {
    Object.assign(row, { name, value: "" });
    changed();
  });
}

function comparisonSelect(row, changed) {
  const options = KINDS[row.kind].comparisons.map(([word, text]) => [word, t(text)]);
  return select(options, row.comparison, (comparison) => {
    const keepsValue = takesCampaign(comparison) === takesCampaign(row.comparison);
    Object.assign(row, { comparison, value: keepsValue ? row.value : "" });
    changed();
  });
}

function campaignSelect(row, { campaigns }, changed) {
  const options = campaigns.map(({ id, subject, started_at: began }) => [id, `${subject} (${day(began)})`]);
  const missing = row.value && !options.some(([id]) => id === row.value) ? [[row.value, row.value]] : [];
  return select([["", t("Choose …")], ...options, ...missing], row.value ?? "", (value) => {
    Object.assign(row, { value });
    changed();
  });
}

let lists = 0;

// A field for the value, and the list of those that occur.
function valueInput(row, known, changed) {
  if (takesCampaign(row.comparison)) return [campaignSelect(row, known, changed)];
  const occurring = values(row, known);
  const id = `values-${(lists += 1)}`;
  const type = takesDays(row.comparison) ? "number" : ["after", "before"].includes(row.comparison) ? "date" : "text";
  const input = el("input", {
    type,
    value: row.value ?? "",
    min: type === "number" ? "1" : null,
    list: occurring.length ? id : null,
    oninput: () => {
      row.value = input.value;
      changed();
    },
  });
  const options = occurring.map(({ value, people }) => el("option", { value: String(value) }, number(people)));
  return [input, occurring.length ? el("datalist", { id }, options) : null];
}

function values(row, { topics, sources, languages, attributes }) {
  const lists = { topic: topics, source: sources, language: languages };
  return lists[row.kind] ?? attributes.find(({ name }) => row.kind === "attribute" && name === row.name)?.values ?? [];
}
