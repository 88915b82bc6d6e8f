// What an editor does to Markdown with a button or a key. The text stays a textarea's, so that the browser's own undo,
// spelling and dictation go on working.

import { el, icon } from "./dom.js";
import { checkbox, dialog, field, messageOf, select, textInput, told } from "./parts.js";
import { markdownOf, pictureIn, takesPictures, TYPES, upload } from "./pictures.js";
import { t } from "./words.js";

const ADDRESS = /^(https?:\/\/|mailto:|tel:|sms:|#)\S+$/i;
// As people type an address: www.example.org/fair.
const NAKED = /^[\p{L}\p{N}-]+(\.[\p{L}\p{N}-]+)+([/?#]\S*)?$/u;
const VALUES = [["name", "Name"], ["email", "Email address"]];

// The tools for one textarea. With `values`, one more inserts a reader's value: `attributes` gives the names of the
// attributes that people have, and `setFallback` takes what stands for a value that is not known.
export function toolbarFor(input, values = null) {
  const tools = [
    ["bold", t("Bold"), () => surround(input, "**", t("bold text")), "b"],
    ["italic", t("Italic"), () => surround(input, "*", t("emphasised text")), "i"],
    ["heading", t("Heading"), () => prefix(input, () => "## ")],
    ["list", t("List"), () => prefix(input, () => "- ")],
    ["numbers", t("Numbered list"), () => prefix(input, (index) => `${index + 1}. `)],
    ["quote", t("Quote"), () => prefix(input, () => "> ")],
    ["divider", t("Divider"), () => block(input, "---")],
    ["link", t("Link"), () => insertLink(input), "k"],
    ["button", t("Button"), () => insertButton(input)],
    ["picture", t("Picture"), () => insertPicture(input)],
    values && ["person", t("Insert a reader’s value"), () => insertValue(input, values)],
  ].filter(Boolean);
  const buttons = tools.map(([name, label, act, key], index) =>
    el("button", {
      type: "button",
      class: "tool",
      title: key ? `${label} (${modifier()}${key.toUpperCase()})` : label,
      "aria-label": label,
      "aria-keyshortcuts": key && `${isApple() ? "Meta" : "Control"}+${key.toUpperCase()}`,
      tabindex: index ? "-1" : "0",
      onclick: act,
    }, icon(name))
  );
  input.addEventListener("keydown", (event) => {
    const tool = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey &&
      tools.find(([, , , key]) => key === event.key.toLowerCase());
    if (!tool) return;
    event.preventDefault();
    tool[2]();
  });
  acceptPictures(input);
  return el(
    "div",
    { class: "tools", role: "toolbar", "aria-label": t("Formatting"), onkeydown: (event) => walk(event, buttons) },
    buttons,
  );
}

const isApple = () => /mac|iphone|ipad/i.test(navigator.platform);
const modifier = () => (isApple() ? "⌘" : t("Ctrl+"));

// Arrow keys go from tool to tool, as in any toolbar (WAI-ARIA Authoring Practices).
function walk(event, buttons) {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  const at = buttons.indexOf(document.activeElement);
  if (!step || at < 0) return;
  event.preventDefault();
  const next = buttons[(at + step + buttons.length) % buttons.length];
  buttons.forEach((each) => each.setAttribute("tabindex", each === next ? "0" : "-1"));
  next.focus();
}

// Replace a stretch of the text, as if it had been typed; then select some of what is there now.
function type(input, from, to, text, [first, last] = [text.length, text.length]) {
  input.focus();
  input.setSelectionRange(from, to);
  // The only way that keeps the browser's undo; where it is gone, the text is set without it.
  const isTyped = text ? document.execCommand("insertText", false, text) : document.execCommand("delete");
  if (!isTyped) {
    input.setRangeText(text, from, to);
    input.dispatchEvent(new InputEvent("input", { bubbles: true }));
  }
  input.setSelectionRange(from + first, from + last);
}

const selected = (input) => input.value.slice(input.selectionStart, input.selectionEnd);

// Marks around the selection, or taken away from around it.
function surround(input, mark, example) {
  const { selectionStart: from, selectionEnd: to, value } = input;
  const isMarked = value.slice(from - mark.length, from) === mark && value.slice(to, to + mark.length) === mark;
  if (isMarked) {
    const inner = value.slice(from, to);
    return type(input, from - mark.length, to + mark.length, inner, [0, inner.length]);
  }
  const text = selected(input) || example;
  return type(input, from, to, mark + text + mark, [mark.length, mark.length + text.length]);
}

// Every line of the selection with a mark before it; without it where all have it.
function prefix(input, mark) {
  const from = input.value.lastIndexOf("\n", input.selectionStart - 1) + 1;
  const end = input.value.indexOf("\n", input.selectionEnd);
  const to = end < 0 ? input.value.length : end;
  const lines = input.value.slice(from, to).split("\n");
  const isMarked = lines.every((line, index) => line.startsWith(mark(index)));
  const changed = lines.map((line, index) => (isMarked ? line.slice(mark(index).length) : mark(index) + line));
  const text = changed.join("\n");
  return type(input, from, to, text, [isMarked ? 0 : mark(0).length, text.length]);
}

// A paragraph of its own, after the one with the cursor.
function block(input, text) {
  const { selectionStart: from, selectionEnd: to, value } = input;
  const before = value.slice(0, from);
  const gap = !before || before.endsWith("\n\n") ? "" : before.endsWith("\n") ? "\n" : "\n\n";
  const after = value.slice(to).startsWith("\n\n") ? "" : value.slice(to).startsWith("\n") ? "\n" : "\n\n";
  return type(input, from, to, gap + text + after);
}

function addressField(label = t("Address")) {
  const input = el("input", {
    type: "url",
    required: true,
    placeholder: "https://",
    autocomplete: "off",
    onchange: () => {
      if (NAKED.test(input.value.trim())) input.value = `https://${input.value.trim()}`;
    },
  });
  return field(label, input);
}

// Asks for fields in a dialog; gives their texts, or undefined. Addresses are looked at before anything is inserted.
async function ask(title, fields, action = t("Insert")) {
  return await dialog({
    title,
    body: fields.map(({ root }) => root),
    action,
    confirm: () => {
      for (const each of fields) {
        const wrong = each.input.type === "url" && !ADDRESS.test(each.input.value.trim());
        each.problem(wrong ? t("An address begins with https://.") : "");
        if (wrong) {
          each.input.focus();
          throw told();
        }
      }
      return fields.map(({ input }) => input.value.trim());
    },
  });
}

const asText = (text) => text.replace(/([\\[\]])/g, "\\$1");
const asAddress = (address) =>
  address.replace(/[()\s<>]/g, encodeURIComponent).replaceAll("(", "%28").replaceAll(")", "%29");

async function insertLink(input) {
  const [from, to] = [input.selectionStart, input.selectionEnd];
  const text = field(t("Text"), textInput({ value: selected(input), required: true }));
  const given = await ask(t("Insert a link"), [text, addressField()]);
  if (given) type(input, from, to, `[${asText(given[0])}](${asAddress(given[1])})`);
}

async function insertButton(input) {
  const [from, to] = [input.selectionStart, input.selectionEnd];
  const text = field(t("Text on the button"), textInput({ value: selected(input), required: true, maxlength: "80" }));
  const given = await ask(t("Insert a button"), [text, addressField(t("Where it leads"))]);
  if (!given) return;
  input.setSelectionRange(from, to);
  block(input, `[${asText(given[0])}](${asAddress(given[1])}){.button}`);
}

// Pictures that are pasted or dropped go the same way as those that are chosen. A browser would open a dropped one.
function acceptPictures(input) {
  const take = (event, transfer) => {
    const picture = takesPictures() && pictureIn(transfer);
    if (!picture) return;
    event.preventDefault();
    insertPicture(input, picture);
  };
  input.addEventListener("paste", (event) => take(event, event.clipboardData));
  input.addEventListener("drop", (event) => take(event, event.dataTransfer));
  input.addEventListener("dragover", (event) => {
    if (takesPictures() && event.dataTransfer?.types.includes("Files")) event.preventDefault();
  });
}

async function insertPicture(input, file = null) {
  const [from, to] = [input.selectionStart, input.selectionEnd];
  const leaving = new AbortController();
  const address = addressField(takesPictures() ? t("Or the address of a picture") : t("Address of the picture"));
  address.input.required = false;
  const words = field(t("Description"), textInput({ maxlength: "300" }), {
    hint: t("Read aloud, and shown where pictures are not loaded: say what it shows."),
  });
  const decoration = checkbox(t("It is only decoration"), false, (on) => {
    words.root.hidden = on;
    words.problem("");
  });
  let picture = null;
  const uploaded = (found) => {
    picture = found;
    address.input.value = found.url;
  };
  const chosen = takesPictures() ? fileField(uploaded, leaving.signal) : null;
  if (file) chosen.take(file);
  const given = await dialog({
    title: t("Insert a picture"),
    body: [chosen?.root, address.root, words.root, decoration.root],
    action: t("Insert"),
    confirm: async () => {
      await chosen?.done();
      const [url, text] = [address.input.value.trim(), words.input.value.trim()];
      const lacking = chosen
        ? t("Choose a file, or give an address that begins with https://.")
        : t("An address begins with https://.");
      address.problem(ADDRESS.test(url) ? "" : lacking);
      words.problem(
        text || decoration.input.checked ? "" : t("Say what the picture shows, or that it is only decoration."),
      );
      const wrong = [address, words].find(({ input: each }) => each.hasAttribute("data-wrong"));
      wrong?.input.focus();
      if (wrong) throw told();
      return [url, decoration.input.checked ? "" : text];
    },
  });
  leaving.abort();
  if (!given) return;
  input.setSelectionRange(from, to);
  const width = given[0] === picture?.url ? picture.width : null;
  block(input, markdownOf(asText(given[1]), asAddress(given[0]), width));
}

// Chooses a file and uploads it at once, while its description is written. `uploaded` gets the picture; `done` waits for
// that.
function fileField(uploaded, signal) {
  const bar = el("progress", { max: "1", value: "0", "aria-label": t("Upload"), hidden: true });
  const state = el("p", { class: "hint", role: "status" });
  const input = el("input", {
    type: "file",
    accept: TYPES.join(","),
    onchange: () => input.files[0] && take(input.files[0]),
  });
  const shown = field(t("Picture file"), input, {
    hint: t("JPEG, PNG or GIF, up to 10 MB. Or paste or drop one into the text."),
  });
  shown.root.append(bar, state);
  let [running, latest] = [Promise.resolve(), null];
  async function send(file) {
    latest = file;
    shown.problem("");
    bar.hidden = false;
    bar.value = 0;
    state.textContent = t("Uploading {name} …", { name: file.name });
    try {
      const picture = await upload(file, (share) => (bar.value = share), signal);
      // Somebody may have chosen another one meanwhile.
      if (latest !== file) return;
      uploaded(picture);
      state.textContent = t("Uploaded: {name}", { name: file.name });
    } catch (error) {
      if (latest !== file) return;
      state.textContent = "";
      if (error.name !== "AbortError") shown.problem(messageOf(error));
    } finally {
      bar.hidden = latest === file;
    }
  }
  const take = (file) => (running = send(file));
  return { root: shown.root, take, done: () => running };
}

async function insertValue(input, { attributes, setFallback }) {
  const [from, to] = [input.selectionStart, input.selectionEnd];
  const names = await attributes();
  const options = [
    ...VALUES.map(([name, label]) => [name, t(label)]),
    ...names.map((name) => [`attributes.${name}`, name]),
    ["", t("Another attribute …")],
  ];
  const other = field(t("Name of the attribute"), textInput({ maxlength: "32", spellcheck: "false" }));
  other.root.hidden = true;
  const fallback = field(t("When it is not known"), textInput({ maxlength: "200" }), {
    hint: t("What readers for whom it is not known see instead, such as: friend"),
  });
  const which = field(
    t("Value"),
    select(options, "name", (chosen) => {
      other.root.hidden = chosen !== "";
      fallback.root.hidden = chosen === "email";
    }),
  );
  const name = await dialog({
    title: t("Insert a reader’s value"),
    body: [which.root, other.root, fallback.root],
    action: t("Insert"),
    confirm: () => {
      const own = other.input.value.trim();
      const isWrong = !which.input.value && !/^[a-z][a-z0-9_]{0,31}$/.test(own);
      other.problem(isWrong ? t("Lower-case letters, digits and underscores, beginning with a letter.") : "");
      if (isWrong) {
        other.input.focus();
        throw told();
      }
      return which.input.value || `attributes.${own}`;
    },
  });
  if (!name) return;
  type(input, from, to, `{{${name}}}`);
  if (name !== "email" && fallback.input.value.trim()) setFallback(name, fallback.input.value.trim());
}
