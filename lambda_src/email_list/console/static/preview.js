// A letter beside the words it is made from, drawn again a moment after the last key.

import * as api from "./api.js";
import { el, replace } from "./dom.js";
import { checkbox, dialog, field, messageOf, segments, told } from "./parts.js";
import { isOnLaptop, isOurs, picturesPlace } from "./pictures.js";
import { placeOf } from "./preflight.js";
import { said, t } from "./words.js";

const PAUSE = 400;
const IMAGES = "show images in previews";

// Pixels of the frame. Emails are 600 wide at most, and have a margin of 12 at each side in a wider window.
const WIDTHS = { desktop: 640, phone: 360 };
const SAMPLE = "sample";
const UNKNOWN = "unknown";

// `render` takes what is known of the reader and an abort signal, and gives {subject, preheader, html, text, ...}, or
// null when there is nothing to show yet. `onresult` hears of every result, or of the error that came instead.
export function letterPreview({ render, onresult, signal, sender = "" }) {
  // On a phone, a desktop's width would be too small to read.
  const device = matchMedia("(max-width: 40rem)").matches ? "phone" : "desktop";
  const view = { device, scheme: "light", part: "html", images: localStorage.getItem(IMAGES) === "yes" };
  let letter = null;
  let reader = {};
  let timer = 0;
  let running = new AbortController();

  const subject = el("p", { class: "preview-subject" });
  const stage = el("div", { class: "stage" });
  const problem = el("div", { class: "preview-problem", role: "status" });
  const hint = el("div");
  const images = checkbox(t("Load pictures"), view.images, (on) => {
    view.images = on;
    localStorage.setItem(IMAGES, on ? "yes" : "no");
    draw();
  });
  const choose = (name) => (value) => {
    view[name] = value;
    draw();
  };
  const readers = readerChoice((chosen) => {
    reader = chosen;
    refresh(0);
  });
  const toolbar = el(
    "div",
    { class: "toolbar" },
    segments(
      t("Part"),
      [["html", t("Letter")], ["text", t("Plain text")], ["inbox", t("Inbox")]],
      view.part,
      choose("part"),
    ),
    segments(t("Width"), [["desktop", t("Desktop")], ["phone", t("Phone")]], view.device, choose("device")),
    segments(t("Colours"), [["light", t("Light")], ["dark", t("Dark")]], view.scheme, choose("scheme")),
    images.root,
    readers,
  );
  const root = el("section", { class: "preview", "aria-label": t("Preview") }, toolbar, problem, hint, subject, stage);

  function draw() {
    stage.className = `stage ${view.device} ${view.scheme}`;
    stage.style.height = "";
    const isLetter = letter && view.part === "html";
    subject.textContent = letter && view.part !== "inbox" ? letter.subject || t("(no subject)") : "";
    const hasPictures = isLetter && !view.images && hasForeignPictures(letter.html);
    replace(
      hint,
      hasPictures && el("p", { class: "hint" }, t("Pictures are left out: tick “Load pictures” to see them.")),
    );
    if (!letter) return replace(stage, el("p", { class: "quiet-text" }, t("The letter appears here as you write.")));
    if (view.part === "text") return replace(stage, el("pre", { class: "plain", tabindex: "0" }, letter.text));
    if (view.part === "inbox") return replace(stage, inbox(letter, sender));
    return showLetter(stage, letter.html, view);
  }

  function refresh(pause = PAUSE) {
    clearTimeout(timer);
    timer = setTimeout(update, pause);
  }

  async function update() {
    running.abort();
    running = new AbortController();
    const { signal: current } = running;
    root.setAttribute("aria-busy", "true");
    try {
      const rendered = await render(current, reader);
      if (current.aborted) return;
      const changed = JSON.stringify(rendered) !== JSON.stringify(letter);
      letter = rendered;
      const warnings = rendered?.warnings.filter((each) => !isOnLaptop(each)) ?? [];
      replace(problem, warnings.length ? warningsOf(warnings) : null);
      onresult?.(rendered, null);
      if (changed) draw();
    } catch (error) {
      if (error.name === "AbortError" || current.aborted) return;
      onresult?.(null, error);
      replace(problem, el("p", { class: "notice warning" }, messageOf(error)));
    } finally {
      if (!current.aborted) root.removeAttribute("aria-busy");
    }
  }

  const observer = new ResizeObserver(() => fit(stage, view.device));
  observer.observe(stage);
  signal.addEventListener("abort", () => {
    observer.disconnect();
    clearTimeout(timer);
    running.abort();
  });
  draw();
  return { root, refresh };
}

// As whom the letter is read: somebody who does not exist, somebody of whom only the address is known, or somebody on
// the list. `changed` gets what the API is to know of them.
function readerChoice(changed) {
  const list = el(
    "select",
    { "aria-label": t("Read as"), class: "small", onchange: () => choose(list.value) },
    el("option", { value: SAMPLE }, t("Sample reader")),
    el("option", { value: UNKNOWN }, t("Somebody unknown")),
    el("option", { value: "" }, t("Somebody on the list …")),
  );
  let shown = SAMPLE;
  async function choose(value) {
    if (value === SAMPLE || value === UNKNOWN) {
      shown = value;
      return changed(value === UNKNOWN ? { name: "", email: "someone@example.com", attributes: {}, topics: [] } : {});
    }
    const person = await findReader();
    if (!person) return (list.value = shown);
    shown = person.email;
    list.append(el("option", { value: shown }, person.name || person.email));
    list.value = shown;
    const { name, email, attributes, topics } = person;
    return changed({ name: name ?? "", email, attributes: attributes ?? {}, topics: topics ?? [] });
  }
  return list;
}

async function findReader() {
  const address = field(t("Email address"), el("input", { type: "email", required: true, autocomplete: "off" }));
  return await dialog({
    title: t("Read it as somebody on the list"),
    body: address.root,
    action: t("Show"),
    confirm: async () => {
      address.problem("");
      try {
        return await api.get(api.pathOf(address.input.value.trim().toLowerCase()));
      } catch (error) {
        if (error.status !== 404 && error.status !== 422 && error.status !== 400) throw error;
        address.problem(t("Nobody on the list has this address."));
        address.input.focus();
        throw told();
      }
    },
  });
}

// What readers would not get as it was written; it stops nothing.
function warningsOf(warnings) {
  const place = (warning) => (warning.line ? `${placeOf(warning)}: ` : "");
  return el(
    "div",
    { class: "notice warning" },
    el("p", {}, t("Readers may not get this as you wrote it:")),
    el("ul", {}, warnings.map((warning) => el("li", {}, el("bdi", {}, place(warning) + said(warning))))),
  );
}

// One row of an inbox: who, what, and how it begins.
function inbox(letter, sender) {
  const name = sender.replace(/\s*<[^>]*>\s*$/, "").replace(/^"(.*)"$/, "$1") || sender;
  const begins = letter.preheader || letter.text.replace(/\s+/g, " ").slice(0, 140);
  return el(
    "div",
    { class: "inbox" },
    el("span", { class: "inbox-mark", "aria-hidden": "true" }, (name[0] ?? "").toUpperCase()),
    el("strong", {}, el("bdi", {}, name)),
    el("span", { class: "inbox-subject" }, el("bdi", {}, letter.subject || t("(no subject)"))),
    el("span", { class: "inbox-begins" }, el("bdi", {}, begins)),
  );
}

// Pictures that were uploaded here are always shown: nobody else hears of it.
const hasForeignPictures = (html) =>
  [...html.matchAll(/<img\b[^>]*?\bsrc="([^"]*)"/gi)].some(([, address]) => !isOurs(address));

// The letter in a frame of its own origin, which is as high as the letter. The frame's page decides what loads.
function showLetter(stage, html, view) {
  const page = view.images ? "letter-images.html" : "letter.html";
  const frame = el("iframe", { title: t("The letter as readers see it"), src: new URL(page, import.meta.url).href });
  frame.style.width = `${WIDTHS[view.device]}px`;
  const hear = (event) => {
    if (!frame.isConnected) return removeEventListener("message", hear);
    if (event.source !== frame.contentWindow) return undefined;
    if (event.data?.ready) {
      frame.contentWindow.postMessage({
        html,
        dark: view.scheme === "dark",
        images: view.images,
        ours: picturesPlace(),
      }, "*");
    }
    const height = Number(event.data?.height);
    if (height > 0) {
      frame.style.height = `${Math.min(height, 20000)}px`;
      fit(stage, view.device);
    }
    return undefined;
  };
  addEventListener("message", hear);
  const before = stage.querySelector("iframe")?.style.height;
  if (before) frame.style.height = before;
  replace(stage, frame);
  fit(stage, view.device);
}

// Where there is less room than the letter's true width, all of it is shown smaller.
function fit(stage, device) {
  const frame = stage.querySelector("iframe");
  if (!frame) return;
  const scale = Math.min(1, stage.clientWidth / WIDTHS[device]);
  frame.style.transform = scale < 1 ? `scale(${scale})` : "";
  frame.style.marginInline = scale < 1 ? "0" : "auto";
  stage.style.height = `${Math.ceil(frame.offsetHeight * scale) + 2}px`;
}
