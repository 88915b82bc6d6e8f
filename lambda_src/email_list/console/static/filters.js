// Filters as trees, as the API takes them, and as rows, as the editor shows them: {match, rows}, where a row is
// {kind, name, comparison, value} and `match` says whether all rows must hold or any of them.

import { nameOf } from "./names.js";
import { phrase, t } from "./words.js";

// By kind: the comparisons it offers, as [word, text]. A word that begins with "not" turns its row around.
export const KINDS = {
  topic: { label: "Topic", comparisons: [["is", "is"], ["not is", "is not"]] },
  attribute: {
    label: "Attribute",
    comparisons: [
      ["is", "is"],
      ["is_not", "is not"],
      ["contains", "contains"],
      ["begins_with", "begins with"],
      ["above", "is above"],
      ["below", "is below"],
      ["known true", "is known"],
      ["known false", "is not known"],
    ],
  },
  joined: {
    label: "Joined",
    comparisons: [
      ["within_days", "within the last days"],
      ["before_days", "more days ago than"],
      ["after", "after the day"],
      ["before", "before the day"],
    ],
  },
  source: { label: "Source", comparisons: [["is", "is"], ["not is", "is not"]] },
  language: { label: "Language", comparisons: [["is", "is"], ["not is", "is not"]] },
  received: { label: "Was sent", comparisons: [["campaign", "the campaign"], ["not campaign", "not the campaign"]] },
  opened: {
    label: "Opened",
    comparisons: [
      ["campaign", "the campaign"],
      ["not campaign", "not the campaign"],
      ["within_days", "within the last days"],
      ["not within_days", "not within the last days"],
    ],
  },
  clicked: {
    label: "Clicked",
    comparisons: [
      ["campaign", "in the campaign"],
      ["not campaign", "not in the campaign"],
      ["within_days", "within the last days"],
      ["not within_days", "not within the last days"],
    ],
  },
};

export const takesNoValue = (comparison) => comparison?.startsWith("known") ?? false;
export const takesCampaign = (comparison) => comparison?.endsWith("campaign") ?? false;
export const takesDays = (comparison) => comparison?.endsWith("_days") ?? false;

// The tree of rows; rows that are not complete yet are passed over. Null when none is.
export function treeOf({ match, rows }) {
  const leaves = rows.map(leafOf).filter(Boolean);
  if (leaves.length < 2) return leaves[0] ?? null;
  return { [match]: leaves };
}

function leafOf({ kind, name, comparison = "", value = "" }) {
  const word = comparison.replace(/^not /, "");
  const turned = word === comparison ? (leaf) => leaf : (leaf) => ({ not: leaf });
  if (!kind || !word || (kind === "attribute" && !name)) return null;
  if (takesNoValue(word)) return { attribute: name, known: word === "known true" };
  if (String(value).trim() === "") return null;
  if (kind === "attribute") return { attribute: name, [word]: value };
  if (word === "is") return turned({ [kind]: value });
  return turned({ [kind]: { [word]: takesDays(word) ? Number(value) : value } });
}

// The rows of a tree; null for one that is more than a list of conditions.
export function rowsOf(tree) {
  const match = tree.any ? "any" : "all";
  const rows = (tree.all ?? tree.any ?? [tree]).map(rowOf);
  return rows.every(Boolean) ? { match, rows } : null;
}

function rowOf(leaf) {
  if (leaf.all || leaf.any) return null;
  if (leaf.not) {
    const row = rowOf(leaf.not);
    const comparison = row && `not ${row.comparison}`;
    return row && KINDS[row.kind].comparisons.some(([word]) => word === comparison) ? { ...row, comparison } : null;
  }
  const { attribute: name, ...rest } = leaf;
  const [[kind, said] = []] = Object.entries(name === undefined ? leaf : rest);
  if (name !== undefined) {
    return kind === "known"
      ? { kind: "attribute", name, comparison: `known ${said}`, value: "" }
      : { kind: "attribute", name, comparison: kind, value: said };
  }
  if (!(kind in KINDS)) return null;
  if (typeof said !== "object") return { kind, comparison: "is", value: said };
  const given = Object.entries(said);
  return given.length === 1 ? { kind, comparison: given[0][0], value: given[0][1] } : null;
}

// A condition in words, by kind and comparison, of people.
const SENTENCES = {
  topic: { is: "have the topic {value}", "not is": "do not have the topic {value}" },
  joined: {
    within_days: "joined within the last {value} days",
    before_days: "joined more than {value} days ago",
    after: "joined after {value}",
    before: "joined before {value}",
  },
  source: { is: "came through {value}", "not is": "did not come through {value}" },
  language: { is: "have the language {value}", "not is": "do not have the language {value}" },
  received: { campaign: "were sent {value}", "not campaign": "were not sent {value}" },
  opened: {
    campaign: "opened {value}",
    "not campaign": "did not open {value}",
    within_days: "opened an email within the last {value} days",
    "not within_days": "opened no email within the last {value} days",
  },
  clicked: {
    campaign: "clicked in {value}",
    "not campaign": "did not click in {value}",
    within_days: "clicked within the last {value} days",
    "not within_days": "did not click within the last {value} days",
  },
};

// A filter in words, as a list of texts and elements; what it does not know stays as it is written.
export function describeFilter(tree) {
  const row = rowOf(tree);
  if (row) return describeRow(row);
  const [[kind, value]] = Object.entries(tree);
  if (kind === "not") return [`${t("not")} (`, describeFilter(value), ")"];
  if (kind !== "all" && kind !== "any") return [JSON.stringify(tree)];
  const between = ` ${t(kind === "all" ? "and" : "or")} `;
  return value.map((each, index) => {
    const isNested = (each.all ?? each.any ?? []).length > 1;
    return [index ? between : "", isNested ? ["(", describeFilter(each), ")"] : describeFilter(each)];
  });
}

function describeRow({ kind, name, comparison, value }) {
  if (kind === "attribute") {
    const [, text] = KINDS.attribute.comparisons.find(([word]) => word === comparison) ?? [comparison, comparison];
    return [[name, t(text), value].filter((piece) => piece !== "").join(" ")];
  }
  const sentence = SENTENCES[kind][comparison] ?? comparison;
  return phrase(sentence, { value: takesCampaign(comparison) ? nameOf("campaigns", value) : String(value) });
}
