// QR codes (ISO/IEC 18004): texts of up to 213 bytes, as bytes, with error correction M, in the versions 1 to 10.

import { svg } from "./dom.js";

// Of each version: all its codewords; the blocks they come in, and how many of a block's codewords correct errors.
const CODEWORDS = [26, 44, 70, 100, 134, 172, 196, 242, 292, 346];
const BLOCKS = [1, 1, 1, 2, 2, 4, 4, 4, 5, 5];
const CORRECTING = [10, 16, 26, 18, 24, 16, 18, 22, 22, 26];
const QUIET = 4;

const MASKS = [
  (x, y) => (x + y) % 2,
  (_, y) => y % 2,
  (x) => x % 3,
  (x, y) => (x + y) % 3,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2,
  (x, y) => ((x * y) % 2) + ((x * y) % 3),
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2,
];

// The picture of a text, dark on light whatever the colours around it; null for a text that is too long.
export function qrPicture(text, label) {
  const modules = qrModules(text);
  if (!modules) return null;
  const size = modules.length + 2 * QUIET;
  const dark = modules.flatMap((row, y) => row.map((on, x) => (on ? `M${x + QUIET} ${y + QUIET}h1v1h-1z` : "")));
  return svg(
    "svg",
    { class: "qr", viewBox: `0 0 ${size} ${size}`, role: "img", "aria-label": label, "shape-rendering": "crispEdges" },
    svg("rect", { width: size, height: size, fill: "#fff" }),
    svg("path", { d: dark.join(""), fill: "#000" }),
  );
}

// Rows of modules, 1 for the dark ones; null for a text that is too long.
export function qrModules(text) {
  const bytes = [...new TextEncoder().encode(text)];
  // Before the bytes stand four bits and their number, in one byte or, from version 10 on, two; four bits end them.
  const version = CODEWORDS.findIndex((_, at) => bytes.length + (at < 9 ? 2 : 3) <= dataCodewords(at + 1)) + 1;
  if (!version) return null;
  const { modules, isFixed } = patterns(version);
  placeData(modules, isFixed, codewordsOf(bytes, version));
  const masked = MASKS.map((mask, number) => {
    const copy = modules.map((row, y) => row.map((on, x) => (isFixed[y][x] ? on : on ^ !mask(x, y))));
    drawFormat(copy, number);
    return copy;
  });
  return masked.reduce((best, each) => (penalty(each) < penalty(best) ? each : best));
}

const dataCodewords = (version) => CODEWORDS[version - 1] - BLOCKS[version - 1] * CORRECTING[version - 1];
const binary = (number, length) => number.toString(2).padStart(length, "0");
const range = (length) => [...Array(length).keys()];

// What is written: the text and its padding in blocks, each followed by what corrects it, one codeword of each in turn.
function codewordsOf(bytes, version) {
  const count = binary(bytes.length, version < 10 ? 8 : 16);
  const bits = `0100${count}${bytes.map((byte) => binary(byte, 8)).join("")}0000`;
  const data = bits.match(/.{8}/g).map((each) => parseInt(each, 2));
  const padding = range(dataCodewords(version) - data.length).map((at) => (at % 2 ? 0x11 : 0xec));
  data.push(...padding);
  const [blocks, correcting] = [BLOCKS[version - 1], CORRECTING[version - 1]];
  const short = Math.floor(data.length / blocks);
  // The last blocks take what is left.
  const longOnes = data.length % blocks;
  const parts = range(blocks).map((at) => data.splice(0, short + (at >= blocks - longOnes)));
  const inTurn = (lists) =>
    range(Math.max(...lists.map(({ length }) => length))).flatMap((at) =>
      lists.flatMap((list) => (at < list.length ? [list[at]] : []))
    );
  return [...inTurn(parts), ...inTurn(parts.map((part) => remainder(part, correcting)))];
}

// Reed and Solomon's code over the field of 256 elements with x⁸ + x⁴ + x³ + x² + 1.
const POWERS = range(255).reduce((found) => [...found, (found.at(-1) << 1) ^ (found.at(-1) & 0x80 ? 0x11d : 0)], [1]);
const times = (one, other) => one && other ? POWERS[(POWERS.indexOf(one) + POWERS.indexOf(other)) % 255] : 0;

function remainder(data, degree) {
  const divisor = range(degree).reduce(
    (product, power) => [...product, 0].map((each, at) => each ^ times(product[at - 1] ?? 0, POWERS[power])),
    [1],
  );
  const rest = [...data, ...Array(degree).fill(0)];
  for (const at of data.keys()) {
    const factor = rest[at];
    divisor.forEach((each, beside) => (rest[at + beside] ^= times(each, factor)));
  }
  return rest.slice(data.length);
}

// What every code of a version has, with the places of the format, which depends on the mask.
function patterns(version) {
  const size = 17 + 4 * version;
  const modules = range(size).map(() => Array(size).fill(0));
  const isFixed = range(size).map(() => Array(size).fill(false));
  const set = (x, y, on) => {
    if (x < 0 || y < 0 || x >= size || y >= size) return;
    [modules[y][x], isFixed[y][x]] = [Number(on), true];
  };
  const rings = (left, top, reach, isDark) => {
    for (const y of range(2 * reach + 1)) {
      for (const x of range(2 * reach + 1)) {
        set(left - reach + x, top - reach + y, isDark(Math.max(Math.abs(x - reach), Math.abs(y - reach))));
      }
    }
  };
  range(size).forEach((at) => [set(at, 6, at % 2 === 0), set(6, at, at % 2 === 0)]);
  const places = version === 1 ? [] : version < 7 ? [6, size - 7] : [6, (size - 1) / 2, size - 7];
  for (const y of places) {
    for (const x of places) {
      const isAtCorner = Math.min(x, y) === 6 && [6, size - 7].includes(Math.max(x, y));
      if (!isAtCorner) rings(x, y, 2, (ring) => ring !== 1);
    }
  }
  for (const [x, y] of [[3, 3], [size - 4, 3], [3, size - 4]]) rings(x, y, 4, (ring) => ring !== 2 && ring !== 4);
  formatPlaces(size).flat().forEach(([x, y]) => set(x, y, false));
  set(8, size - 8, true);
  if (version >= 7) {
    const bits = withCheck(version, 0x1f25, 12);
    range(18).forEach((at) => {
      const [far, near] = [size - 11 + (at % 3), Math.floor(at / 3)];
      set(far, near, (bits >> at) & 1);
      set(near, far, (bits >> at) & 1);
    });
  }
  return { modules, isFixed };
}

// A number followed by so many bits that check it.
function withCheck(number, generator, length) {
  let rest = number << length;
  while (rest >> length) rest ^= generator << (Math.floor(Math.log2(rest)) - length);
  return (number << length) | rest;
}

// Where the fifteen bits of the format stand, the lowest first, each in two places.
const formatPlaces = (size) =>
  range(15).map((at) => [
    at < 6 ? [8, at] : at < 8 ? [8, at + 1] : at === 8 ? [7, 8] : [14 - at, 8],
    at < 8 ? [size - 1 - at, 8] : [8, size - 15 + at],
  ]);

// Error correction M is 00.
function drawFormat(modules, mask) {
  const bits = withCheck(mask, 0x537, 10) ^ 0x5412;
  formatPlaces(modules.length).forEach((places, at) => {
    for (const [x, y] of places) modules[y][x] = (bits >> at) & 1;
  });
}

// Upwards and downwards in turn, in pairs of columns from the right; the column of the timing pattern is left out.
function placeData(modules, isFixed, codewords) {
  const size = modules.length;
  const bits = codewords.map((each) => binary(each, 8)).join("");
  let next = 0;
  for (const pair of range((size - 1) / 2)) {
    const right = size - 1 - 2 * pair - (size - 1 - 2 * pair <= 6);
    for (const step of range(size)) {
      const y = pair % 2 ? step : size - 1 - step;
      for (const x of [right, right - 1]) {
        if (!isFixed[y][x]) modules[y][x] = Number(bits[next++] ?? 0);
      }
    }
  }
}

// How hard a code is to read: long runs, blocks, what looks like a corner, and an imbalance of dark and light.
function penalty(modules) {
  const size = modules.length;
  const lines = [...modules, ...range(size).map((x) => modules.map((row) => row[x]))].map((line) => line.join(""));
  const found = (pattern) => lines.flatMap((line) => [...line.matchAll(pattern)]);
  const runs = found(/0{5,}|1{5,}/g).reduce((sum, [run]) => sum + run.length - 2, 0);
  const corners = found(/(?=00001011101|10111010000)/g).length;
  const blocks = range(size - 1).flatMap((y) =>
    range(size - 1).filter((x) => {
      const sum = modules[y][x] + modules[y][x + 1] + modules[y + 1][x] + modules[y + 1][x + 1];
      return sum % 4 === 0;
    })
  ).length;
  const share = modules.flat().reduce((sum, on) => sum + on, 0) / size ** 2;
  return runs + 40 * corners + 3 * blocks + 10 * Math.floor(Math.abs(share - 0.5) * 20);
}
