// From a finished letter to its readers: a test, and the sending itself.

import * as api from "./api.js";
import { describeAudience, inPeople } from "./audience.js";
import { el, replace } from "./dom.js";
import { instant, placeOfZone, timeZone, wallTime, weekday } from "./format.js";
import { button, dialog, facts, field, notice, textArea, toast, told } from "./parts.js";
import { findingsList, isUnusual, wordsOf } from "./preflight.js";
import { t } from "./words.js";

export const TEST_ADDRESSES = "test addresses";
const WEB_URL = "{{web_url}}";
const DAY = 24 * 60 * 60 * 1000;

// Sends a test of the letter at a desk once that is complete; `sent` is called after it.
export const testButton = (desk, sent = () => {}) =>
  button(t("Send a test"), async () => {
    if (desk.ready() && await sendTest(desk.letter())) sent();
  });

async function sendTest(letter) {
  const to = field(
    t("To"),
    textArea({ rows: 2, value: localStorage.getItem(TEST_ADDRESSES) ?? "", spellcheck: "false" }),
    { hint: t("Up to ten addresses, one per line. The subject is marked as a test.") },
  );
  // Kept as they are typed, so that a test that fails can be tried again.
  to.input.addEventListener("input", () => localStorage.setItem(TEST_ADDRESSES, to.input.value));
  const sent = await dialog({
    title: t("Send a test"),
    body: to.root,
    action: t("Send test"),
    confirm: async () => {
      const addresses = to.input.value.split(/[\s,;]+/).filter(Boolean);
      to.problem("");
      try {
        return (await api.post("drafts/test", { ...letter, to: addresses })).sent_to;
      } catch (error) {
        if (error.code !== "invalid_address" && error.details?.field !== "to") throw error;
        to.problem(error.message);
        to.input.focus();
        throw told();
      }
    },
  });
  if (sent) toast(t("The test is on its way to {addresses}.", { addresses: sent.join(", ") }));
  return Boolean(sent);
}

// Asks when, and says what will happen and what is to be said of it. `create` gets the moment, or null for now, and
// whether everybody may read the letter on the web, and gives the campaign; so does this, or undefined when nothing is
// sent. `goTo` leads to a part of the letter. `planned` is the campaign that is to be sent at another moment.
export async function confirmSending({ list, letter, subject, audience, create, goTo, planned = null }) {
  const web = el("input", {
    type: "checkbox",
    checked: planned ? planned.public : list.archive && JSON.stringify(letter).includes(WEB_URL),
    onchange: () => lookAgain(),
  });
  let lookedAt;
  const look = (moment) => {
    lookedAt = moment;
    return api.post("campaigns/preflight", {
      ...letter,
      audience,
      ...(moment ? { schedule_at: moment } : {}),
      ...(web.checked ? { public: true } : {}),
    });
  };
  let found = await look(planned?.schedule_at ?? null);
  if (found.people === 0 && found.exact) {
    await dialog({
      title: t("Nobody would get this letter"),
      body: el("p", {}, t("No active person is in this audience.")),
      action: t("Change the readers"),
      confirm: () => true,
    });
    return undefined;
  }
  const go = el("button", { type: "submit", class: "primary" });
  const [findings, again] = [el("div"), el("div", { role: "status" })];
  const readers = inPeople({ people: found.people ?? 0, exact: found.exact });
  let [asked, timer, chosen] = [false, 0, null];
  const label = (iso) => {
    const words = iso
      ? t("Schedule for {moment} ({place})", { moment: weekday(iso), place: placeOfZone() })
      : t("Send to {people}", { people: readers });
    go.textContent = asked ? t("{action} anyway", { action: words }) : words;
  };
  const show = () => {
    const leave = (part, line) => {
      go.closest("dialog").close();
      goTo(part, line);
    };
    replace(findings, findingsList(found, leave));
    go.disabled = !found.ready;
  };
  const moment = momentChoice((iso) => {
    asked = false;
    replace(again);
    label(iso);
    clearTimeout(timer);
    // The hour matters to what is found.
    chosen = iso;
    timer = setTimeout(lookAgain, 400);
  }, planned?.schedule_at);
  clearTimeout(timer);
  show();
  async function lookAgain() {
    if (!go.isConnected) return;
    try {
      found = await look(chosen);
      show();
    } catch (error) {
      if (error.status !== 422) throw error;
    }
  }
  const confirm = async () => {
    const iso = moment.read();
    // Pressed before the new moment was looked at.
    if (iso !== lookedAt) await lookAgain();
    const unusual = isUnusual(found);
    if (unusual.length && !asked) {
      asked = true;
      const reasons = unusual.map((finding) => el("li", {}, el("bdi", {}, wordsOf(finding, found))));
      replace(again, notice("warning", el("p", {}, t("This is unusual. Go ahead anyway?")), el("ul", {}, reasons)));
      again.scrollIntoView({ block: "center" });
      label(iso);
      throw told();
    }
    return await create(iso, web.checked);
  };
  return await dialog({
    title: planned ? t("When should it go out?") : t("Send to {people}?", { people: readers }),
    body: [
      facts([
        [t("Subject"), el("bdi", {}, subject)],
        [t("From"), el("bdi", {}, list.sender)],
        [t("Readers"), describeAudience(audience)],
      ]),
      moment.root,
      list.archive && !planned &&
      el("label", { class: "choice" }, web, el("span", {}, t("Anyone can read it on the web"))),
      findings,
      again,
    ],
    action: go,
    confirm,
  });
}

// Now, or later: by a chip, or by date and time in the list's time zone. `read()` gives an ISO moment, or null for now;
// it tells the reader of a moment that cannot be. `changed` gets the same.
function momentChoice(changed, chosen = null) {
  let isLater = chosen !== null;
  const input = el("input", { type: "datetime-local", value: chosen ? wallTime(new Date(chosen)) : "" });
  const shown = field(t("Date and time"), input, { hint: t("In the list’s time zone, {zone}.", { zone: timeZone() }) });
  const iso = () => {
    const found = instant(input.value);
    return Number.isNaN(found) ? null : new Date(found).toISOString();
  };
  const tell = () => {
    shown.problem("");
    later.hidden = !isLater;
    changed(isLater ? iso() ?? new Date(instant(soonest())).toISOString() : null);
  };
  const problem = (found) => {
    if (!found) return t("Choose a date and a time.");
    if (Date.parse(found) <= Date.now()) return t("This time has passed.");
    return Date.parse(found) > Date.now() + 365 * DAY ? t("That is more than a year from now.") : "";
  };
  input.addEventListener("input", () => {
    tell();
    if (iso()) shown.problem(problem(iso()));
  });
  const chips = suggestions().map(([words, wall]) =>
    button(words, () => {
      input.value = wall;
      tell();
    }, "chip-button")
  );
  const later = el("div", {}, el("div", { class: "buttons chips" }, chips), shown.root);
  const option = (text, value) =>
    el(
      "label",
      { class: "choice" },
      el("input", {
        type: "radio",
        name: "when",
        checked: value === isLater,
        onchange: () => {
          isLater = value;
          if (isLater && !input.value) input.value = soonest();
          tell();
          if (isLater) input.focus();
        },
      }),
      el("span", {}, text),
    );
  const root = el(
    "fieldset",
    {},
    el("legend", {}, t("When")),
    option(t("Now"), false),
    option(t("Later"), true),
    later,
  );
  tell();
  const read = () => {
    if (!isLater) return null;
    const found = iso();
    shown.problem(problem(found));
    if (!problem(found)) return found;
    input.focus();
    throw told();
  };
  return { root, read };
}

const soonest = () => suggestions()[0][1];

// Mornings at nine, as clocks in the list's zone show it: tomorrow, and the next Monday.
function suggestions() {
  const today = new Date(`${wallTime(new Date()).slice(0, 10)}T00:00:00Z`);
  const inDays = (days) => `${new Date(today.valueOf() + days * DAY).toISOString().slice(0, 10)}T09:00`;
  const monday = (8 - today.getUTCDay()) % 7 || 7;
  return [
    [t("Tomorrow 9:00"), inDays(1)],
    ...(monday > 1 ? [[t("Monday 9:00"), inDays(monday)]] : []),
    [t("In a week 9:00"), inDays(7)],
  ];
}
