// The names of what the API knows by an id: shown as soon as they are known.

import * as api from "./api.js";
import { el } from "./dom.js";
import { t } from "./words.js";

const KINDS = {
  segments: { unknown: "a saved segment", known: ({ name }) => t("segment “{name}”", { name }) },
  campaigns: { unknown: "a campaign", known: ({ subject }) => `“${subject}”` },
};
const names = new Map();

// The segment or the campaign with this id. What chose readers by it may outlive it.
export function nameOf(kind, id) {
  const { unknown, known } = KINDS[kind];
  const path = `${kind}/${api.piece(id)}`;
  if (!names.has(path)) names.set(path, api.get(path).then(known, () => t(unknown)));
  const shown = el("bdi", {}, t(unknown));
  names.get(path).then((name) => (shown.textContent = name));
  return shown;
}
