// The console's language: the one chosen in it, or the first of the browser's that it speaks. English texts are their
// own keys, so that the code can be read; `de.js` has them in German.

const CHOSEN = "language";
const CATALOGUES = { de: () => import("./de.js") };

export const LANGUAGES = { en: "English", de: "Deutsch" };
export const language = [localStorage.getItem(CHOSEN), ...navigator.languages]
  .map((each) => String(each).slice(0, 2).toLowerCase())
  .find((each) => each in LANGUAGES) ?? "en";

// English codes are those whose message has figures or moments, which the console writes as elsewhere.
const ENGLISH = { words: {}, codes: { end: "At {rate} emails a second, everybody has it by {end}." } };
const { words: catalogue, codes } = language in CATALOGUES ? await CATALOGUES[language]() : ENGLISH;

export function choose(chosen) {
  localStorage.setItem(CHOSEN, chosen);
  location.reload();
}

// The text in the console's language; a word that the catalogue lacks, such as a status of a later release, stays.
function find(text) {
  if (text && language !== "en" && !(text in catalogue)) console.warn(`no ${LANGUAGES[language]} for: ${text}`);
  return catalogue[text] ?? text;
}

const filled = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));

// A text in the console's language, with its {values} in their places.
export const t = (text, values = {}) => filled(find(text), values);

// What the API says: its own words, which are English, or the console's for the same code. Where these ask for a value
// that is not there, the API's are better than a gap. A reason among the details says more than the code.
export function said({ code, message, details }, values = {}) {
  const known = codes[details?.reason ?? code];
  const text = known ? filled(known, { message, ...values }) : message;
  return /\{\w+\}/.test(text) ? message : text;
}

// The same where values are elements: a list of texts and elements.
export function phrase(text, values) {
  const pieces = find(text).split(/\{(\w+)\}/);
  return pieces.map((piece, index) => (index % 2 ? values[piece] ?? `{${piece}}` : piece));
}
