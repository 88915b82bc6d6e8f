// Lines such as "city = Berlin", as people write attributes and defaults.

import { t } from "./words.js";

export const pairLines = (pairs) => Object.entries(pairs ?? {}).map(([name, value]) => `${name} = ${value}`).join("\n");

// The pairs in a text. Nothing is guessed or left out: Error says of the first line that is no pair what is wrong.
export function readPairs(text) {
  const pairs = {};
  text.split("\n").forEach((line, index) => {
    if (!line.trim()) return;
    const [name, ...rest] = line.split("=");
    const problem = (words) => new SyntaxError(t(words, { line: index + 1, text: line.trim(), name: name.trim() }));
    if (!rest.length) throw problem("Line {line}, “{text}”, has no equals sign: write it as city = Berlin.");
    if (!name.trim()) throw problem("Line {line} has nothing before its equals sign.");
    if (name.trim() in pairs) throw problem("Line {line}: {name} is there already.");
    pairs[name.trim()] = rest.join("=").trim();
  });
  return pairs;
}
