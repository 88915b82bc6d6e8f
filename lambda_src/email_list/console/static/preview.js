// A letter beside the words it is made from, drawn again a moment after the last key.

import { el, replace } from "./dom.js";
import { checkbox, messageOf, segments } from "./parts.js";

const PAUSE = 400;
const IMAGES = "show images in previews";

// `render` takes an abort signal and gives {subject, html, text, ...}, or null when there is nothing to show yet.
// `onresult` hears of every result, or of the error that came instead.
export function letterPreview({ render, onresult, signal }) {
  const view = { device: "desktop", scheme: "light", part: "html", images: localStorage.getItem(IMAGES) === "yes" };
  let letter = null;
  let timer = 0;
  let running = new AbortController();

  const subject = el("p", { class: "preview-subject" });
  const stage = el("div", { class: "stage" });
  const problem = el("div", { class: "preview-problem", role: "status" });
  const images = checkbox("Load images", view.images, (on) => {
    view.images = on;
    localStorage.setItem(IMAGES, on ? "yes" : "no");
    draw();
  });
  const choose = (name) => (value) => {
    view[name] = value;
    draw();
  };
  const toolbar = el(
    "div",
    { class: "toolbar" },
    segments("Part", [["html", "Letter"], ["text", "Plain text"]], view.part, choose("part")),
    segments("Width", [["desktop", "Desktop"], ["phone", "Phone"]], view.device, choose("device")),
    segments("Colours", [["light", "Light"], ["dark", "Dark"]], view.scheme, choose("scheme")),
    images.root,
  );
  const root = el("section", { class: "preview", "aria-label": "Preview" }, toolbar, problem, subject, stage);

  function draw() {
    stage.className = `stage ${view.device} ${view.scheme}`;
    subject.textContent = letter ? letter.subject || "(no subject)" : "";
    if (!letter) return replace(stage, el("p", { class: "quiet-text" }, "The letter appears here as you write."));
    if (view.part === "text") return replace(stage, el("pre", { class: "plain", tabindex: "0" }, letter.text));
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
      const rendered = await render(current);
      if (current.aborted) return;
      const changed = JSON.stringify(rendered) !== JSON.stringify(letter);
      letter = rendered;
      replace(problem, rendered?.warnings.length ? warningsOf(rendered.warnings) : null);
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

  signal.addEventListener("abort", () => {
    clearTimeout(timer);
    running.abort();
  });
  draw();
  return { root, refresh };
}

// What readers would not get as it was written; it stops nothing.
function warningsOf(warnings) {
  const place = ({ part, line }) => (line ? `${part}, line ${line}: ` : "");
  return el(
    "div",
    { class: "notice warning" },
    el("p", {}, "Readers may not get this as you wrote it:"),
    el("ul", {}, warnings.map((warning) => el("li", {}, el("bdi", {}, place(warning) + warning.message)))),
  );
}

// The letter in a frame of its own origin, which is as high as the letter. The frame's page decides what loads.
function showLetter(stage, html, view) {
  const page = view.images ? "letter-images.html" : "letter.html";
  const frame = el("iframe", { title: "The letter as readers see it", src: new URL(page, import.meta.url).href });
  const hear = (event) => {
    if (!frame.isConnected) return removeEventListener("message", hear);
    if (event.source !== frame.contentWindow) return undefined;
    if (event.data?.ready) {
      frame.contentWindow.postMessage({ html, dark: view.scheme === "dark", images: view.images }, "*");
    }
    const height = Number(event.data?.height);
    if (height > 0) frame.style.height = `${Math.min(height, 20000)}px`;
    return undefined;
  };
  addEventListener("message", hear);
  const before = stage.querySelector("iframe")?.style.height;
  if (before) frame.style.height = before;
  replace(stage, frame);
}
