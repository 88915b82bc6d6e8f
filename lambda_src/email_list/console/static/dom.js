// Elements. Text always becomes a text node, so no value of the API can turn into markup.

const SVG = "http://www.w3.org/2000/svg";

// An HTML element. Attributes that begin with "on" are listeners; null and false are left out, true has no value.
// `value`, `checked` and `disabled` are set as properties. Children may be nodes, texts, numbers, lists, or null.
export function el(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

export function svg(name, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, name), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value" && "value" in element) element.value = value;
    else if (name === "href") element.setAttribute("href", safeAddress(value));
    else element.setAttribute(name, value === true ? "" : value);
  }
  append(element, children);
  return element;
}

export function append(element, children) {
  for (const child of [children].flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : String(child));
  }
}

export function replace(element, ...children) {
  element.replaceChildren();
  append(element, children);
}

// A text that may break after the signs of addresses, and so never in mid-word.
export const breakable = (text) => text.split(/(?<=[@./_-])/).flatMap((piece) => [piece, el("wbr")]);
export const address = (text) => el("bdi", { class: "address" }, breakable(text));

// Only the web and places in the console can be linked to; anything else leads nowhere.
function safeAddress(address) {
  return /^(https?:|mailto:|#)/i.test(address) ? address : "#";
}

// Icons of 24 by 24, drawn in lines.
const ICONS = {
  overview: "M4 13h6V4H4zM14 20h6V11h-6zM4 20h6v-4H4zM14 8h6V4h-6z",
  subscribers:
    "M9 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7M2.5 19.5c.5-3.5 3-5.5 6.5-5.5s6 2 6.5 5.5M16 5a3.2 3.2 0 0 1 0 6.2M18 14.5c2 .7 3.2 2.4 3.5 5",
  campaigns: "M3 11.5 21 4l-6.5 17-3.5-7zM11 14 21 4",
  sequences: "M3 6h7v5H3zM14 13h7v5h-7zM10 8.5h7.5V13M14 15.5H6.5V11",
  templates: "M4 4h16v16H4zM4 9h16M9.5 9v11",
  deliverability: "M4 6h16v12H4zM4 7l8 6 8-6M14 16l2 2 4-5",
  activity: "M3 12h4l3-8 4 16 3-8h4",
  settings: "M4 7h9M17 7h3M4 17h3M11 17h9M15 4.5v5M9 14.5v5",
  bold: "M7 5h6a3.5 3.5 0 0 1 0 7H7zM7 12h7a3.5 3.5 0 0 1 0 7H7z",
  italic: "M10 5h7M7 19h7M14 5l-4 14",
  heading: "M6 5v14M18 5v14M6 12h12",
  list: "M9 6h11M9 12h11M9 18h11M4.5 6h.01M4.5 12h.01M4.5 18h.01",
  numbers: "M10 6h10M10 12h10M10 18h10M4 4.5 5.5 4v4M4 16h2.5L4 19.5h2.5",
  quote: "M5 7h5v5c0 3-1.5 4.5-4 5M14 7h5v5c0 3-1.5 4.5-4 5",
  divider: "M4 12h16",
  link: "M10 14a4 4 0 0 0 6 .5l3-3a4 4 0 0 0-5.7-5.7L12 7M14 10a4 4 0 0 0-6-.5l-3 3a4 4 0 0 0 5.7 5.7L12 17",
  button: "M4 8h16v8H4zM8 12h8",
  picture: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15 9h.01",
  person: "M12 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7M5 19.5c.5-3.5 3.5-5.5 7-5.5s6.5 2 7 5.5",
  signout: "M14 4H5v16h9M10 12h11M17.5 8.5 21 12l-3.5 3.5",
};

export function icon(name) {
  return svg("svg", { viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true" }, svg("path", { d: ICONS[name] }));
}
