// Changing a campaign that is still to be sent: its letter and its readers.

import * as api from "./api.js";
import { letterDesk } from "./desk.js";
import { deskKnows } from "./draft.js";
import { el, replace } from "./dom.js";
import { dismissGuard, guard } from "./guard.js";
import { back, busy, button, heading, linkButton, load, notice, toast } from "./parts.js";
import { deskFindings } from "./preflight.js";
import { testButton } from "./sending.js";
import { t } from "./words.js";

const CHECK_PAUSE = 1000;

export function showEdit({ main, parameters, signal }) {
  const path = `campaigns/${api.piece(parameters.id)}`;
  const body = el("div");
  replace(main, back(`#/${path}`, t("Campaign")), heading(t("Edit campaign")), body);
  const fetch = () => Promise.all([api.get(path, {}, signal), deskKnows(signal)]);
  load(body, fetch, ([campaign, known]) => {
    if (!isEditable(campaign)) {
      return replace(
        body,
        notice("warning", t("This campaign has begun, so it cannot be changed any more.")),
        linkButton(t("Back"), `#/${path}`),
      );
    }
    return replace(body, editor(campaign, known, path, signal));
  });
}

// As the API says it: scheduled, or paused before anybody was planned.
export const isEditable = ({ status, counts, letter }) =>
  Boolean(letter) && (status === "scheduled" || (status === "paused" && !counts.planned));

function editor(campaign, known, path, signal) {
  const problems = el("div");
  let [isChanged, timer] = [false, 0];
  guard(() => isChanged);
  const desk = letterDesk({
    ...known,
    letter: campaign.letter,
    audience: campaign.audience,
    signal,
    changed: () => {
      isChanged = true;
      clearTimeout(timer);
      timer = setTimeout(findings.check, CHECK_PAUSE);
    },
  });
  const findings = deskFindings(desk, signal, campaign.schedule_at);
  signal.addEventListener("abort", () => clearTimeout(timer));
  findings.check();
  const save = button(t("Save changes"), () => {
    const audience = desk.ready() && desk.audience();
    return audience && busy(save, async () => {
      await api.patch(path, { letter: desk.letter(), audience });
      isChanged = false;
      dismissGuard();
      toast(t("The campaign is changed."));
      location.hash = `#/${path}`;
    }, problems);
  }, "primary");
  const test = testButton(desk, findings.check);
  return desk.page(
    findings.root,
    problems,
    el("div", { class: "buttons" }, save, test, linkButton(t("Cancel"), `#/${path}`)),
  );
}
