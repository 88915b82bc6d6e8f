// CSV files as spreadsheets save them: reading their letters, and cutting them into parts of a size the API takes.

const SAMPLES = 6;
const WORD = /[\p{L}\p{N}\u0080-\uffff]+/gu;
const BEYOND_ASCII = /[^\p{ASCII}]/u;

// The text of a file. Where nothing in the file says how it is encoded, `samples` are words that someone who knows the
// people in it can tell to be right or wrong.
export function decode(bytes) {
  const encoding = marked(bytes) ?? "utf-8";
  try {
    return { text: new TextDecoder(encoding, { fatal: true }).decode(bytes), samples: [] };
  } catch {
    const text = new TextDecoder("windows-1252").decode(bytes);
    const words = text.match(WORD).filter((word) => BEYOND_ASCII.test(word));
    return { text, samples: [...new Set(words)].slice(0, SAMPLES) };
  }
}

// UTF-16 is known by its byte order mark alone.
function marked(bytes) {
  const mark = (bytes[0] << 8) | bytes[1];
  return { 0xfffe: "utf-16le", 0xfeff: "utf-16be" }[mark];
}

// What follows reads rows exactly as the API does, `email_list/people/rows.py`.

const MAX_LINES = 50;
// Lines of one row. Where a quote is never closed, every line is a row again.

const MAX_ROWS = 1_048_576;
// No spreadsheet has more.

const [NEW_LINE, RETURN, SPACE, QUOTE] = [...'\n\r "'].map((character) => character.codePointAt(0));
const SEPARATOR = /^"?sep=([,;\t|])"?[\r\n ]*$/i;
const BLANK = /^[\s,;\t|"]*$/;

// Cut a file between rows, into parts of about `size` bytes. Each begins with the header row and with an empty line for
// every row that stands before it, so that the API gives its rows the numbers that a spreadsheet shows.
export function cut(bytes, size) {
  if (bytes.length <= size) return [new Blob([bytes])];
  const { header, delimiter } = beginning(bytes);
  const parts = [];
  let [from, before] = [header, 0];
  let [end, rows] = [header, 0];
  const part = () => {
    const skipped = new Uint8Array(Math.min(before, MAX_ROWS)).fill(bytes[header - 1]);
    parts.push(new Blob([bytes.subarray(0, header), skipped, bytes.subarray(from, end)]));
  };
  while (end < bytes.length) {
    const next = rowEnd(bytes, end, delimiter);
    if (next - from > size && end > from) {
      part();
      [from, before] = [end, rows];
    }
    [end, rows] = [next, rows + 1];
  }
  part();
  return parts;
}

// Where the header row ends, and what stands between its columns.
function beginning(bytes) {
  const text = (from, to) => new TextDecoder().decode(bytes.subarray(from, to));
  const line = text(0, rowEnd(bytes, 0)).split(/[\r\n]/, 1)[0];
  const unquoted = line.replaceAll(/"[^"]*"?/g, "");
  const count = (delimiter) => unquoted.split(delimiter).length;
  const mostUsed = [",", ";", "\t"].reduce((best, each) => (count(each) > count(best) ? each : best));
  const delimiter = (SEPARATOR.exec(line)?.[1] ?? mostUsed).codePointAt(0);
  let [from, header] = [0, rowEnd(bytes, 0, delimiter)];
  const isHeader = () => !BLANK.test(text(from, header)) && !(from === 0 && SEPARATOR.test(text(from, header)));
  while (!isHeader() && header < bytes.length) [from, header] = [header, rowEnd(bytes, header, delimiter)];
  return { header, delimiter };
}

// Where the row that begins at `start` ends. A row of several lines that is no valid CSV ends with its first line.
function rowEnd(bytes, start, delimiter) {
  let cell = "begins";
  let [lines, firstLine] = [0, 0];
  for (let at = start; at < bytes.length; at += 1) {
    const character = bytes[at];
    if (cell === "quoted" && character === QUOTE && bytes[at + 1] === QUOTE) {
      at += 1;
    } else if (character === NEW_LINE || (character === RETURN && bytes[at + 1] !== NEW_LINE)) {
      if (cell !== "quoted") return at + 1;
      firstLine ||= at + 1;
      lines += 1;
      if (lines === MAX_LINES) return firstLine;
    } else if (cell === "quoted") {
      if (character === QUOTE) cell = "closed";
    } else if (cell === "broken") {
      continue;
    } else if (character === delimiter) {
      cell = "begins";
    } else if (cell === "closed" && character !== RETURN) {
      if (firstLine) return firstLine;
      cell = "broken";
    } else if (cell !== "begins" || character !== SPACE) {
      cell = cell === "begins" && character === QUOTE ? "quoted" : "plain";
    }
  }
  return cell === "quoted" && firstLine ? firstLine : bytes.length;
}
