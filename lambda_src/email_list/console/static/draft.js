// A draft: written at the desk, kept on the server, sent as a campaign.

import * as api from "./api.js";
import { letterDesk } from "./desk.js";
import { el, replace } from "./dom.js";
import { at, when } from "./format.js";
import { guard } from "./guard.js";
import { keeper } from "./keeper.js";
import * as local from "./local.js";
import { deskFindings } from "./preflight.js";
import { back, busy, button, field, heading, load, notice, textInput, toast } from "./parts.js";
import { confirmSending, testButton } from "./sending.js";
import { t } from "./words.js";

export const NEW = "new ";
const DISCARDED = "discarded";
const UNTITLED = "Untitled draft";

// `#/drafts/new` begins one; it has an address of its own as soon as something is written.
export function showDraft({ main, parameters, query, signal }) {
  const body = el("div");
  let { id } = parameters;
  replace(main, back("#/campaigns", t("Campaigns")), heading(t("Draft")), body);
  const named = (given) => {
    id = given;
    // The last save may end after the page was left.
    if (!signal.aborted) readdress(`#/drafts/${id}`);
  };
  const fetch = async () => {
    const [known, draft] = await Promise.all([
      deskKnows(signal),
      id ? api.get(`drafts/${api.piece(id)}`, {}, signal) : beginning(query),
    ]);
    return { ...known, draft };
  };
  const show = () => load(body, fetch, (found) => replace(body, draftPage({ ...found, main, signal, show, named })));
  show();
}

function readdress(address) {
  history.replaceState(null, "", address);
  dispatchEvent(new Event("renamed"));
}

function beginning(query) {
  const template = query.get("template");
  const copy = query.get("copy");
  return { title: null, letter: template ? { template } : null, audience: null, copy };
}

// What every desk needs to know of the list.
export async function deskKnows(signal) {
  const [settings, { templates }, { segments }] = await Promise.all([
    api.get("settings", {}, signal),
    api.get("templates", { limit: 100 }, signal),
    api.get("segments", { limit: 100 }, signal),
  ]);
  return { list: settings.list, templates, segments };
}

function draftPage({ list, templates, segments, draft, main, signal, show, named }) {
  const copy = draft.id ?? draft.copy ?? NEW + crypto.randomUUID();
  const kept = local.read(copy);
  const begun = kept ? { ...draft, ...kept, id: draft.id, version: kept.version ?? draft.version } : draft;
  const [problems, conflict] = [el("div"), el("div")];
  const state = el("p", { class: "hint saved", role: "status" });
  const heading_ = main.querySelector("h1");

  const title = field(t("Title of the draft"), textInput({ value: begun.title ?? "", maxlength: "200" }), {
    hint: t("For you and your colleagues. If it is empty, the subject is shown instead."),
    optional: true,
  });
  const desk = letterDesk({ ...begun, list, templates, segments, signal, changed: () => changed() });
  const findings = deskFindings(desk, signal);
  title.input.addEventListener("input", () => changed());
  const written = () => ({ title: title.input.value.trim() || null, letter: desk.letter(), ...desk.kept() });
  const entitle = () => heading_.replaceChildren(el("bdi", {}, titleOf(written())));

  const saver = keeper({
    draft: begun,
    copy,
    named,
    told: (what, about) => tell(what, about),
  });
  const words = {
    saving: ({ isKept }) => (isKept ? t("Saving …") : t("Saving … This browser keeps no copy: do not close the page.")),
    saved: ({ updated_at: moment }) => t("Saved, {moment}.", { moment: when(moment) }),
    failed: (error) =>
      t("Not saved yet: {problem} It is kept in this browser and saved as soon as it can be.", {
        problem: error.message,
      }),
    refused: (error) => t("This cannot be saved: {problem} It is kept in this browser.", { problem: error.message }),
    conflict: () => t("Somebody else has changed this draft."),
  };
  function tell(what, about) {
    state.textContent = words[what](about);
    state.classList.toggle("warned", !["saving", "saved"].includes(what));
    if (what === "saved") findings.check();
    if (what === "conflict") replace(conflict, conflictOf(about));
  }
  function changed() {
    entitle();
    // Until the server has it, the page is found again by its copy in this browser.
    if (!saver.id()) readdress(`#/drafts/new?copy=${encodeURIComponent(copy)}`);
    saver.change(written());
  }

  // Two versions: whichever is gone on with, the other one becomes a draft beside it.
  function conflictOf(theirs) {
    const mine = written();
    const keepBeside = (other) => {
      const { letter, audience } = other;
      return api.post("drafts", { title: `${titleOf(other)} ${t("(other version)")}`.slice(-200), letter, audience });
    };
    const goOn = (work) => async (event) => {
      await busy(event.currentTarget, async () => {
        await work();
        saver.stop({ forget: true });
        toast(t("The other version is a draft of its own now."));
        show();
      });
    };
    const mineOn = goOn(async () => {
      await keepBeside(theirs);
      const { title: name, letter, audience } = written();
      const body = { title: name, letter, audience };
      await api.put(`drafts/${theirs.id}`, body, { headers: { "if-match": `"${theirs.version}"` } });
    });
    const theirsOn = goOn(() => keepBeside(written()));
    return notice(
      "warning",
      el("p", {}, el("strong", {}, t("Somebody else has changed this draft since you opened it."))),
      el(
        "p",
        {},
        t("Nothing is lost: choose which version to continue with; the other one becomes a draft of its own."),
      ),
      el(
        "div",
        { class: "columns even versions" },
        version(t("Your version"), mine, t("Continue with yours"), mineOn),
        version(
          t("The other version, {moment}", { moment: when(theirs.updated_at) }),
          theirs,
          t("Continue with the other"),
          theirsOn,
        ),
      ),
    );
  }

  const test = testButton(desk, findings.check);
  const send = button(t("Send or schedule …"), () => {
    const readers = desk.ready() && desk.audience();
    return readers && busy(send, () => sendIt(readers), problems);
  }, "primary");
  const discard = button(t("Discard draft"), () => busy(discard, () => discardIt(), problems), "quiet");

  // Asked for twice, because an answer was lost, it is still one campaign: the same request has the same key. It comes
  // from the draft's id, which a new draft gets by its first save.
  async function sendIt(audience) {
    await saver.flush();
    const draft = saver.id() ?? crypto.randomUUID();
    const letter = desk.letter();
    const create = async (moment, isPublic) => {
      const request = {
        ...letter,
        audience,
        ...(moment ? { schedule_at: moment } : {}),
        ...(isPublic ? { public: true } : {}),
      };
      return await api.post("campaigns", request, {
        headers: { "idempotency-key": await digest([draft, request]) },
      });
    };
    const subject = await desk.subject();
    const created = await confirmSending({ list, letter, subject, audience, create, goTo: desk.goTo });
    if (!created) return;
    await remove();
    toast(
      created.status === "scheduled"
        ? t("Scheduled for {moment}.", { moment: at(created.schedule_at) })
        : t("The campaign has begun."),
    );
    location.hash = `#/campaigns/${created.id}`;
  }

  // A draft that was sent has become a campaign; one that somebody else has changed meanwhile stays.
  async function remove() {
    await saver.flush();
    saver.stop({ forget: true });
    if (!saver.id()) return;
    await api.remove(`drafts/${saver.id()}`, { headers: { "if-match": `"${saver.version()}"` } }).catch(() => {});
  }

  async function discardIt() {
    const thrown = { ...written(), at: new Date().toISOString() };
    await remove();
    local.keep(DISCARDED, thrown);
    toast(t("The draft is discarded."), { action: t("Undo"), act: bringBack });
    location.hash = "#/campaigns";
  }

  guard(() => saver.isUnsaved() && state.classList.contains("warned"));
  signal.addEventListener("abort", () => {
    // What was typed last is still brought to the server.
    saver.flush().finally(() => saver.stop());
  });
  entitle();
  if (kept) {
    if (draft.id && kept.version !== draft.version) tell("conflict", draft);
    else changed();
  } else if (draft.updated_at) {
    tell("saved", draft);
  }
  return el(
    "div",
    {},
    conflict,
    desk.page(findings.root, problems, el("div", { class: "buttons" }, send, test, discard), state, title.root),
  );
}

function version(title, draft, words, act) {
  const { letter } = draft;
  const text = letter?.body ?? letter?.html ?? letter?.message ?? JSON.stringify(letter?.values ?? {}, null, 2);
  return el(
    "div",
    {},
    el("h3", {}, title),
    el("p", {}, el("strong", {}, el("bdi", {}, letter?.subject ?? titleOf(draft)))),
    el("pre", { class: "code", tabindex: "0" }, text),
    el("div", { class: "buttons" }, button(words, act)),
  );
}

export const titleOf = ({ title, letter }) => title || letter?.subject || letter?.template || t(UNTITLED);

async function digest(value) {
  const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(JSON.stringify(value)));
  return [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

// The last draft that was thrown away in this browser, if that was not long ago.
export function lastDiscarded() {
  const thrown = local.read(DISCARDED);
  return thrown && Date.now() - Date.parse(thrown.at) < 24 * 60 * 60 * 1000 ? thrown : null;
}

export async function bringBack() {
  const { title, letter, audience } = local.read(DISCARDED);
  const draft = await api.post("drafts", { title, letter, audience });
  local.discard(DISCARDED);
  location.hash = `#/drafts/${draft.id}`;
}
