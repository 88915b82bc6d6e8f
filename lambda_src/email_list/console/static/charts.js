// Charts, drawn as plain SVG. Each says in words what it shows, and has its numbers in a table behind it.

import { el, replace, svg } from "./dom.js";
import { calendarDay, number, percent } from "./format.js";
import { table } from "./parts.js";
import { t } from "./words.js";

const HEIGHT = 210;
const SMALLEST = 240;
const MARGIN = { top: 12, right: 8, bottom: 28, left: 44 };

// Lines over days, or over other stretches of time that `unit` names and `word` puts in words. `days` are "2026-11-24";
// a series is {name, values, kind}, where kind is its style. They are drawn as wide as they are shown, and again when
// that changes, so that their words keep their size.
export function lines(title, days, series, { unit = t("Day"), word = calendarDay } = {}) {
  const place = el("div", { class: "plot" });
  let drawn = 0;
  new ResizeObserver(() => {
    const width = Math.max(SMALLEST, Math.round(place.clientWidth));
    if (width !== drawn) replace(place, picture(title, days, series, word, drawn = width));
  }).observe(place);
  const columns = [
    { title: unit, cell: (index) => word(days[index]) },
    ...series.map(({ name, values }) => ({ title: name, class: "number", cell: (index) => number(values[index]) })),
  ];
  return figure(place, legend(series), table(title, columns, days.map((_, index) => index).reverse()));
}

function picture(title, days, series, word, width) {
  const top = niceTop(Math.max(1, ...series.flatMap(({ values }) => values)));
  const bottom = Math.min(0, ...series.flatMap(({ values }) => values));
  const x = (index) => MARGIN.left + (index * (width - MARGIN.left - MARGIN.right)) / Math.max(1, days.length - 1);
  const y = (value) => MARGIN.top + ((top - value) * (HEIGHT - MARGIN.top - MARGIN.bottom)) / (top - bottom);
  const path = (values) =>
    values.map((value, index) => `${index ? "L" : "M"}${x(index).toFixed(1)} ${y(value).toFixed(1)}`).join("");
  const ticks = [0, top / 2, top].filter(Number.isInteger).map((value) =>
    svg(
      "g",
      { class: "tick" },
      svg("line", { x1: MARGIN.left, x2: width - MARGIN.right, y1: y(value), y2: y(value) }),
      svg("text", { x: MARGIN.left - 8, y: y(value) + 4, "text-anchor": "end" }, number(value)),
    )
  );
  const labels = [0, Math.floor((days.length - 1) / 2), days.length - 1].filter((index, at, all) =>
    all.indexOf(index) === at
  );
  const anchors = ["start", "middle", "end"];
  return svg(
    "svg",
    {
      viewBox: `0 0 ${width} ${HEIGHT}`,
      width,
      height: HEIGHT,
      role: "img",
      "aria-label": inWords(title, days.map(word), series),
      class: "lines",
    },
    ticks,
    labels.map((index, at) =>
      svg("text", { x: x(index), y: HEIGHT - 6, "text-anchor": anchors[at], class: "day" }, word(days[index]))
    ),
    series.map(({ values, kind }) => [
      kind === "main" &&
      svg("path", { class: `area ${kind}`, d: `${path(values)}L${x(days.length - 1)} ${y(0)}L${x(0)} ${y(0)}Z` }),
      svg("path", { class: `line ${kind}`, d: path(values) }),
    ]),
  );
}

// Shares of a whole, as one bar. A part is {name, value, kind}.
export function shares(title, parts) {
  const total = parts.reduce((sum, { value }) => sum + value, 0);
  const words = parts.map(({ name, value }) => `${name} ${number(value)}`).join(", ");
  let left = 0;
  const bars = parts.map(({ value, kind }) => {
    const width = total ? (100 * value) / total : 0;
    left += width;
    return svg("rect", { x: (left - width).toFixed(3), width: width.toFixed(3), height: 4, class: `share ${kind}` });
  });
  const bar = svg(
    "svg",
    {
      viewBox: "0 0 100 4",
      preserveAspectRatio: "none",
      role: "img",
      "aria-label": `${title}: ${words}`,
      class: "shares",
    },
    bars,
  );
  const rows = parts.map(({ name, value, kind }) =>
    el(
      "li",
      {},
      el("span", { class: `swatch ${kind}` }),
      el("span", {}, name),
      el("strong", {}, number(value)),
      el("span", { class: "quiet-text" }, percent(value, total)),
    )
  );
  return el("figure", { class: "chart" }, bar, el("ul", { class: "legend rows" }, rows));
}

function figure(drawing, key, numbers) {
  const details = el(
    "details",
    {},
    el("summary", {}, t("Show the numbers")),
    el("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": t("The numbers") }, numbers),
  );
  return el("figure", { class: "chart" }, key, drawing, details);
}

function legend(series) {
  return el(
    "ul",
    { class: "legend" },
    series.map(({ name, kind }) => el("li", {}, el("span", { class: `swatch line-${kind}` }), el("span", {}, name))),
  );
}

function inWords(title, days, series) {
  const ends = series.map(({ name, values }) =>
    t("{name} from {first} to {last}", { name, first: number(values[0]), last: number(values.at(-1)) })
  ).join("; ");
  return t("{title}, {first} to {last}. {ends}.", { title, first: days[0], last: days.at(-1), ends });
}

// The next 1, 2 or 5 times a power of ten, so that the axis ends on a round number.
function niceTop(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= value);
}
