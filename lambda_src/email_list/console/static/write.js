// Writing a campaign: the desk, a test, and the moment it goes out.

import * as api from "./api.js";
import { letterDesk } from "./desk.js";
import * as drafts from "./local.js";
import { el, replace } from "./dom.js";
import { at } from "./format.js";
import { back, busy, button, dialog, heading, load, toast } from "./parts.js";
import { confirmSending, sendTest } from "./sending.js";
import { t } from "./words.js";

export const DRAFT = "campaign";

export function showWriter({ main, query, signal }) {
  const body = el("div");
  replace(main, back("#/campaigns", t("Campaigns")), heading(t("New campaign")), body);
  const fetch = async () => {
    const [settings, page] = await Promise.all([
      api.get("settings", {}, signal),
      api.get("templates", { limit: 100 }, signal),
    ]);
    const draft = drafts.read(DRAFT) ?? {};
    const wanted = query.get("template");
    if (wanted && wanted !== draft.letter?.template) draft.letter = { template: wanted };
    return { settings, templates: page.templates, draft };
  };
  load(body, fetch, ({ settings, templates, draft }) => replace(body, writer(settings.list, templates, draft, signal)));
}

function writer(list, templates, draft, signal) {
  const saved = el("p", { class: "hint saved", role: "status" });
  const desk = letterDesk({
    list,
    templates,
    letter: draft.letter,
    audience: draft.audience,
    filter: draft.filter,
    signal,
    changed: () => {
      Object.assign(draft, { letter: desk.letter(), ...desk.kept() });
      saved.textContent = drafts.keep(DRAFT, draft)
        ? t("Your draft is kept in this browser.")
        : t("This browser keeps no drafts: do not close the page.");
    },
  });
  const problems = el("div");
  const test = button(t("Send a test"), () => desk.ready() && sendTest(desk.letter()));
  const send = button(t("Send or schedule …"), () => {
    const readers = desk.ready() && desk.audience();
    return readers && busy(send, () => sendCampaign(list, draft, desk, readers), problems);
  }, "primary");
  const discard = button(t("Discard draft"), async () => {
    const sure = await dialog({
      title: t("Discard this draft?"),
      body: el("p", {}, t("What you have written is lost.")),
      action: t("Discard"),
      kind: "danger",
      confirm: () => true,
    });
    if (!sure) return;
    drafts.discard(DRAFT);
    location.hash = "#/campaigns";
  }, "quiet");
  return el(
    "div",
    { class: "writer" },
    desk.main,
    desk.preview,
    el("div", {}, desk.readers, problems, el("div", { class: "buttons" }, send, test, discard), saved),
  );
}

// Asked for twice, because an answer was lost, it is still one campaign: the same request has the same key.
async function sendCampaign(list, draft, desk, audience) {
  const letter = desk.letter();
  const create = (moment) => {
    const request = { ...letter, audience, ...(moment ? { schedule_at: moment } : {}) };
    const print = JSON.stringify(request);
    if (draft.request !== print) Object.assign(draft, { request: print, key: crypto.randomUUID() });
    drafts.keep(DRAFT, draft);
    return api.post("campaigns", request, { headers: { "idempotency-key": draft.key } });
  };
  const created = await confirmSending({ list, subject: await desk.subject(), audience, create });
  if (!created) return;
  drafts.discard(DRAFT);
  toast(
    created.status === "scheduled"
      ? t("Scheduled for {moment}.", { moment: at(created.schedule_at) })
      : t("The campaign has begun."),
  );
  location.hash = `#/campaigns/${created.id}`;
}
