// One campaign: how far it is, what may be done with it, and what has become of every reader.

import * as api from "./api.js";
import { lines, shares } from "./charts.js";
import { el, replace } from "./dom.js";
import { at, number, people, percent, when } from "./format.js";
import {
  announce,
  back,
  busy,
  button,
  card,
  chip,
  dialog,
  empty,
  facts,
  heading,
  listing,
  load,
  notice,
  segments,
  toast,
} from "./parts.js";

const RUNNING = ["planning", "sending"];
const WAITING = ["scheduled", "paused"];
const POLL = 1500;
const POLL_WAITING = 10000;
const PAGE = 50;
const HOURS = 24;
const GROUPS = [
  ["planned", "All"],
  ["sent", "Sent"],
  ["delivered", "Delivered"],
  ["opened", "Opened"],
  ["clicked", "Clicked"],
  ["bounced", "Bounced"],
  ["complained", "Complained"],
  ["unsubscribed", "Left"],
  ["unclassified", "Of unknown type"],
  ["failed", "Failed"],
  ["skipped", "Skipped"],
  ["unknown", "Unknown"],
];

export function showCampaign({ main, parameters, signal }) {
  const path = `campaigns/${api.piece(parameters.id)}`;
  const body = el("div");
  replace(main, back("#/campaigns", "Campaigns"), heading("Campaign"), body);
  load(body, () => api.get(path, {}, signal), (campaign) => {
    main.querySelector("h1").replaceChildren(el("bdi", {}, campaign.subject));
    const view = campaignView(path, signal);
    replace(body, view.root);
    view.update(campaign);
  });
}

function campaignView(path, signal) {
  const [state, actions, results, reading, facts_] = [
    el("div"),
    el("div", { class: "buttons" }),
    el("div"),
    el("div"),
    el("div"),
  ];
  const readers = recipients(path, signal);
  let status = "";
  let read = "";
  let timer = 0;
  signal.addEventListener("abort", () => clearTimeout(timer));

  function update(campaign) {
    replace(state, progress(campaign));
    replace(results, outcome(campaign));
    replace(facts_, about(campaign));
    // Drawn again only when it changed, since its numbers may be open.
    if (read !== (read = JSON.stringify(campaign.engagement))) replace(reading, engagement(campaign.engagement));
    if (campaign.status !== status) {
      if (status) announce(`The campaign is ${campaign.status}.`);
      status = campaign.status;
      replace(actions, buttons(campaign, path, update));
      readers.show();
    }
    clearTimeout(timer);
    const pause = RUNNING.includes(status) ? POLL : WAITING.includes(status) ? POLL_WAITING : 0;
    if (pause && !signal.aborted) timer = setTimeout(poll, pause);
  }

  async function poll() {
    if (document.hidden) return (timer = setTimeout(poll, POLL));
    try {
      return update(await api.get(path, {}, signal));
    } catch (error) {
      if (error.name === "AbortError" || signal.aborted) return undefined;
      return (timer = setTimeout(poll, POLL_WAITING));
    }
  }

  const root = [
    el(
      "div",
      { class: "columns" },
      el("div", {}, card("Progress", state, actions), card("Results", results, reading)),
      card("About", facts_),
    ),
    card("Readers", readers.root),
  ];
  return { root, update };
}

function progress(campaign) {
  const { counts } = campaign;
  const reached = counts.planned - counts.pending;
  const bar = el("progress", {
    max: String(counts.planned || 1),
    value: String(reached),
    "aria-label": "Readers reached",
  });
  const end = campaign.estimated_end ? `, done about ${when(campaign.estimated_end)}` : "";
  const rate = campaign.rate_per_second
    ? `Up to ${number(Math.round(campaign.rate_per_second))} mails a second${end}.`
    : "";
  return [
    el("p", { class: "big" }, chip(campaign.status), " ", headline(campaign)),
    RUNNING.includes(campaign.status) || counts.pending ? bar : null,
    rate && el("p", { class: "quiet-text" }, rate),
    !campaign.planning_complete && RUNNING.includes(campaign.status) &&
    el("p", { class: "quiet-text" }, "Readers are still being gathered, so the number grows."),
    campaign.reason && notice("warning", el("bdi", {}, campaign.reason.message)),
    campaign.resume_at && el("p", { class: "quiet-text" }, `Goes on by itself: ${when(campaign.resume_at)}.`),
  ];
}

function headline({ status, counts, schedule_at: scheduled }) {
  if (status === "scheduled") return `Goes out ${when(scheduled)}.`;
  if (!counts.planned) return status === "sent" ? "Nobody was in the audience." : "Not begun yet.";
  return `Sent to ${number(counts.sent)} of ${people(counts.planned)}.`;
}

// Which moves a state allows is the API's to say; these are those that can succeed.
function buttons(campaign, path, update) {
  const act = (action, words) => async (event) => {
    await busy(event.currentTarget, async () => {
      update(await api.post(`${path}/${action}`, {}));
      toast(words);
    });
  };
  const cancel = async () => {
    const cancelled = await dialog({
      title: "Cancel this campaign?",
      body: el("p", {}, "Whoever has it keeps it; nobody else gets it. A cancelled campaign cannot be resumed."),
      action: "Cancel the campaign",
      kind: "danger",
      dismiss: "Keep it",
      confirm: () => api.post(`${path}/cancel`, {}),
    });
    if (cancelled) update(cancelled);
  };
  return [
    RUNNING.includes(campaign.status) && button("Pause", act("pause", "The campaign is paused.")),
    campaign.status === "paused" && button("Resume", act("resume", "The campaign goes on."), "primary"),
    [...RUNNING, ...WAITING].includes(campaign.status) && button("Cancel", cancel, "danger-quiet"),
  ];
}

const OUTCOMES = [
  ["sent", "Sent", "good"],
  ["pending", "Still to send", "calm"],
  ["skipped", "Skipped: they had left meanwhile", "quiet"],
  ["failed", "Failed", "bad"],
  ["unknown", "Unknown: Amazon SES has not said", "warn"],
];
const RESPONSES = [
  ["delivered", "Delivered"],
  ["opened", "Opened"],
  ["clicked", "Clicked a link"],
  ["bounced", "Came back for good"],
  ["soft_bounced", "Came back for now"],
  ["complained", "Reported as spam"],
  ["unsubscribed", "Left through this letter"],
  ["suppressed", "Not tried by Amazon SES"],
  ["unclassified", "Bounces and complaints of an unknown type"],
];

function outcome({ counts, results = {} }) {
  if (!counts.planned) return empty("No results yet.", "They appear as soon as the first mails are out.");
  const parts = OUTCOMES.filter(([name]) => counts[name]).map(([name, words, kind]) => ({
    name: words,
    value: counts[name],
    kind,
  }));
  const known = RESPONSES.filter(([name]) => results[name]);
  const responses = known.map(([name, words]) => [words, bar(words, results[name], counts.sent)]);
  return [shares("What became of the mails", parts), responses.length ? facts(responses) : null];
}

// When readers first opened and clicked, counted from the sending of each mail.
function engagement({ hours, days } = { hours: [], days: [] }) {
  const chart = (title, unit, periods) =>
    lines(title, periods.map((period) => period[unit]), [
      { name: "First opened", kind: "good", values: periods.map(({ opened }) => opened) },
      { name: "First clicked", kind: "main", values: periods.map(({ clicked }) => clicked) },
    ], { unit: `${unit[0].toUpperCase()}${unit.slice(1)}`, word: (count) => `${unit} ${count}` });
  const wholeDay = Array.from(
    { length: HOURS },
    (_, index) => hours[index] ?? { hour: index + 1, opened: 0, clicked: 0 },
  );
  return [
    hours.length > 0 && chart("Readers by hour since sending", "hour", wholeDay),
    days.length > 1 && chart("Readers by day since sending", "day", days),
  ];
}

function bar(words, part, total) {
  return [
    el("meter", { max: String(total || 1), value: String(part), "aria-label": words }),
    el("span", { class: "date" }, `${number(part)}, ${percent(part, total)}`),
  ];
}

function about(campaign) {
  const { topics = [], attributes = {} } = campaign.audience ?? {};
  const wanted = [...topics, ...Object.entries(attributes).map(([name, value]) => `${name} = ${value}`)];
  return facts([
    ["Readers", wanted.length ? el("bdi", {}, wanted.join(", ")) : "Everybody who was active"],
    ["Written", at(campaign.created_at)],
    ["Scheduled for", campaign.schedule_at && at(campaign.schedule_at)],
    ["Began", campaign.started_at && at(campaign.started_at)],
    ["Ended", campaign.finished_at && at(campaign.finished_at)],
  ]);
}

function recipients(path, signal) {
  const results = el("div");
  let group = "planned";
  const show = () => {
    const place = el("div");
    replace(results, place);
    listing({
      place,
      caption: `Readers: ${group}`,
      noun: ["reader", "readers"],
      columns: [
        {
          title: "Person",
          cell: (one) =>
            el("a", { href: `#/subscribers/${api.piece(one.email)}` }, el("bdi", { class: "address" }, one.email)),
        },
        {
          title: "Outcome",
          cell: (
            one,
          ) => [
            chip(one.outcome),
            ...(one.feedback ?? []).map((mark) => [" ", chip(mark.replaceAll("_", " "))]),
            one.reason && el("bdi", { class: "quiet-text" }, ` ${one.reason}`),
          ],
        },
      ],
      fetch: async (cursor) => {
        const page = await api.get(`${path}/recipients`, { group, limit: PAGE, cursor }, signal);
        return { rows: page.recipients, cursor: page.cursor };
      },
      nothing: () =>
        empty(
          "Nobody here.",
          group === "planned" ? "No readers have been gathered yet." : "No reader is in this group.",
        ),
    });
  };
  const choose = (chosen) => {
    group = chosen;
    show();
  };
  return { root: [segments("Group", GROUPS, group, choose), results], show };
}
