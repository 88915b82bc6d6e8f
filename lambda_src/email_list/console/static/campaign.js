// One campaign: how far it is, what may be done with it, and what has become of every reader.

import * as api from "./api.js";
import { describeAudience } from "./audience.js";
import { reasonInWords } from "./bounces.js";
import { lines, shares } from "./charts.js";
import { address, breakable, el, replace } from "./dom.js";
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
  linkButton,
  listing,
  load,
  notice,
  saveFile,
  segments,
  table,
  toast,
} from "./parts.js";
import { isEditable } from "./edit.js";
import { letterPreview } from "./preview.js";
import { confirmSending } from "./sending.js";
import { said, t } from "./words.js";

const RUNNING = ["planning", "sending"];
const WAITING = ["scheduled", "paused"];
const OVER = ["cancelled", "failed"];
const SECOND = 1000;
const DAY = 24 * 60 * 60 * SECOND;
const PAGE = 50;
const HOURS = 24;
const BESIDE = 5;
const GROUPS = [
  ["planned", "All"],
  ["sent", "Sent"],
  ["delivered", "Delivered"],
  ["opened", "Opened"],
  ["clicked", "Clicked"],
  ["bounced", "Bounced"],
  ["complained", "Complained"],
  ["unsubscribed", "Unsubscribed"],
  ["unclassified", "Of unknown type"],
  ["failed", "Failed"],
  ["skipped", "Skipped"],
  ["unknown", "Unknown"],
];

export function showCampaign({ main, parameters, signal }) {
  const path = `campaigns/${api.piece(parameters.id)}`;
  const body = el("div");
  replace(main, back("#/campaigns", t("Campaigns")), heading(t("Campaign")), body);
  const read = () => Promise.all([api.get(path, {}, signal), api.get("settings", {}, signal)]);
  load(body, read, ([campaign, { list }]) => {
    const title = main.querySelector("h1");
    const view = campaignView(path, list, signal, (subject) => title.replaceChildren(el("bdi", {}, subject)));
    replace(body, view.root);
    view.update(campaign);
  });
}

function campaignView(path, list, signal, entitle) {
  const [state, results, reading, facts_, beside, letter] = Array.from({ length: 6 }, () => el("div"));
  const actions = el("div", { class: "buttons" });
  const readers = recipients(path, signal);
  let [status, offered] = ["", ""];
  let [read, counted_, written] = ["", "", ""];
  let timer = 0;
  signal.addEventListener("abort", () => clearTimeout(timer));

  function update(campaign) {
    entitle(campaign.subject);
    replace(state, progress(campaign));
    replace(results, outcome(campaign));
    replace(facts_, about(campaign));
    // Drawn again only when it changed, since its numbers may be open.
    if (read !== (read = JSON.stringify(campaign.engagement))) replace(reading, engagement(campaign.engagement));
    if (status && campaign.status !== status) {
      announce(t("The campaign is {status}.", { status: t(campaign.status) }));
    }
    const moves = JSON.stringify([
      campaign.status,
      campaign.archived,
      campaign.public,
      campaign.schedule_at,
      isEditable(campaign),
    ]);
    if (moves !== offered) replace(actions, buttons(campaign, list, path, refresh));
    [status, offered] = [campaign.status, moves];
    if (written !== (written = JSON.stringify(campaign.letter))) replace(letter, letterCard(campaign, signal));
    if (counted_ !== (counted_ = JSON.stringify([campaign.counts, campaign.results, status]))) readers.refresh();
    clearTimeout(timer);
    if (!signal.aborted) timer = setTimeout(poll, pauseOf(campaign));
  }

  const refresh = async () => update(await api.get(path, {}, signal));

  async function poll() {
    if (document.hidden) return (timer = setTimeout(poll, SECOND));
    try {
      return await refresh();
    } catch (error) {
      if (error.name === "AbortError" || signal.aborted) return undefined;
      return (timer = setTimeout(poll, 10 * SECOND));
    }
  }

  lastLetters(path, signal).then((shown) => replace(beside, shown), () => {});
  const root = [
    el(
      "div",
      { class: "columns" },
      el("div", {}, card(t("Progress"), state, actions), card(t("Results"), results, reading)),
      el("div", {}, card(t("About"), facts_), beside),
    ),
    letter,
    card(t("Readers"), readers.root),
  ];
  return { root, update };
}

// How long until it is looked at again: most comes back while it is sent and soon after.
function pauseOf({ status, finished_at: finished }) {
  if (RUNNING.includes(status)) return 1.5 * SECOND;
  if (WAITING.includes(status)) return 10 * SECOND;
  const age = Date.now() - Date.parse(finished ?? 0);
  return age < DAY / 144 ? 3 * SECOND : age < DAY / 4 ? 15 * SECOND : 60 * SECOND;
}

function progress(campaign) {
  const { counts } = campaign;
  const reached = counts.planned - counts.pending;
  const bar = el("progress", {
    max: String(counts.planned || 1),
    value: String(reached),
    "aria-label": t("Readers reached"),
  });
  const pace = campaign.rate_per_second &&
    t("Up to {rate} emails a second", { rate: number(Math.round(campaign.rate_per_second)) });
  const end = campaign.estimated_end && t("done about {moment}", { moment: when(campaign.estimated_end) });
  return [
    el("p", { class: "big" }, chip(campaign.status), " ", headline(campaign)),
    RUNNING.includes(campaign.status) || (counts.pending && !OVER.includes(campaign.status)) ? bar : null,
    pace && el("p", { class: "quiet-text" }, `${[pace, end].filter(Boolean).join(", ")}.`),
    !campaign.planning_complete && RUNNING.includes(campaign.status) &&
    el("p", { class: "quiet-text" }, t("Readers are still being gathered, so the number grows.")),
    campaign.reason && notice("warning", el("bdi", {}, said(campaign.reason))),
    campaign.resume_at &&
    el("p", { class: "quiet-text" }, t("Continues by itself: {moment}.", { moment: when(campaign.resume_at) })),
  ];
}

function headline({ status, counts, schedule_at: scheduled }) {
  if (status === "scheduled") return t("Goes out {moment}.", { moment: when(scheduled) });
  if (!counts.planned && OVER.includes(status)) return t("Nobody got it.");
  if (!counts.planned) return t(status === "sent" ? "Nobody was in the audience." : "Not begun yet.");
  return t("Sent to {sent} of {people}.", { sent: number(counts.sent), people: people(counts.planned) });
}

// Which moves a state allows is the API's to say; these are those that can succeed.
function buttons(campaign, list, path, refresh) {
  const act = (action, words) => async (event) => {
    await busy(event.currentTarget, async () => {
      await api.post(`${path}/${action}`, {});
      await refresh();
      toast(words);
    });
  };
  const cancel = async () => {
    const cancelled = await dialog({
      title: t("Cancel this campaign?"),
      body: el(
        "p",
        {},
        t("Those who already have it keep it; nobody else gets it. A cancelled campaign cannot be resumed."),
      ),
      action: t("Cancel the campaign"),
      kind: "danger",
      dismiss: t("Keep it"),
      confirm: () => api.post(`${path}/cancel`, {}),
    });
    if (cancelled) await refresh();
  };
  const { status } = campaign;
  const isOver = ![...RUNNING, ...WAITING].includes(status);
  return [
    isEditable(campaign) && linkButton(t("Edit"), `#/${path}/edit`),
    status === "scheduled" &&
    button(t("Reschedule"), (event) => busy(event.currentTarget, () => reschedule(campaign, list, path, refresh))),
    campaign.letter && button(t("Duplicate"), (event) => duplicate(event.currentTarget, path)),
    // Where nothing is tracked, nobody is known to have opened it, and everybody would get it again.
    status === "sent" && campaign.letter && campaign.tracked > 0 &&
    button(t("Send again to those who did not open it"), (event) => sendAgain(event.currentTarget, campaign)),
    status === "sent" && button(t("Download results"), (event) => download(event.currentTarget, path, campaign)),
    list.archive &&
    button(
      t(campaign.public ? "Remove from the web" : "Let anyone read it on the web"),
      (event) =>
        busy(event.currentTarget, async () => {
          await api.patch(path, { public: !campaign.public });
          toast(
            t(campaign.public ? "It will be gone from the web within a minute." : "Anyone can read it on the web now."),
          );
          await refresh();
        }),
    ),
    isOver &&
    button(
      t(campaign.archived ? "Take out of the archive" : "Archive"),
      (event) =>
        busy(event.currentTarget, async () => {
          await api.patch(path, { archived: !campaign.archived });
          toast(t(campaign.archived ? "The campaign is back in the list." : "The campaign is archived."));
          await refresh();
        }),
    ),
    RUNNING.includes(campaign.status) && button(t("Pause"), act("pause", t("The campaign is paused."))),
    campaign.status === "paused" && button(t("Resume"), act("resume", t("The campaign continues.")), "primary"),
    [...RUNNING, ...WAITING].includes(campaign.status) && button(t("Cancel campaign"), cancel, "danger-quiet"),
  ];
}

// As when it was sent first: what is unusual about the new moment is asked for here too.
async function reschedule(campaign, list, path, refresh) {
  let chosen = null;
  const changed = await confirmSending({
    list,
    letter: campaign.letter,
    subject: campaign.subject,
    audience: campaign.audience,
    planned: campaign,
    create: (moment) => {
      chosen = moment;
      return api.patch(path, { schedule_at: moment ?? new Date().toISOString() });
    },
    goTo: () => (location.hash = `#/${path}/edit`),
  });
  if (!changed) return;
  toast(chosen ? t("Scheduled for {moment}.", { moment: at(chosen) }) : t("The campaign has begun."));
  await refresh();
}

const toDraft = (draft) => (location.hash = `#/drafts/${draft.id}`);

const duplicate = (trigger, path) => busy(trigger, async () => toDraft(await api.post(`${path}/duplicate`, {})));

// A draft of the same letter, for those of its readers who have not opened it, as far as that is known.
const sendAgain = (trigger, { id, subject, letter, counts, tracked }) =>
  busy(trigger, async () => {
    const unknown = counts.sent - tracked;
    if (unknown > 0 && !await askAboutUnknown(unknown)) return;
    const filter = { all: [{ received: { campaign: id } }, { not: { opened: { campaign: id } } }] };
    const title = t("Again: {subject}", { subject }).slice(0, 200);
    toDraft(await api.post("drafts", { title, letter, audience: { filter } }));
  });

const askAboutUnknown = (unknown) =>
  dialog({
    title: t("Send again to those who did not open it"),
    body: el(
      "p",
      {},
      t("Of {people} it is not known whether they opened it, as they are not tracked. They would get it again too.", {
        people: people(unknown),
      }),
    ),
    action: t("Write a draft for all of them"),
    confirm: () => true,
  });

// The table of results, as a spreadsheet opens it.
const download = (trigger, path, { id }) =>
  busy(trigger, async () => {
    saveFile(`campaign-${id}.csv`, "text/csv", await api.getText(path, { format: "csv" }));
  });

function letterCard({ letter }, signal) {
  if (!letter) return null;
  const preview = letterPreview({
    signal,
    render: (current, reader) =>
      api.post("drafts/preview", { ...letter, values: { ...letter.values, ...reader } }, { signal: current }),
  });
  preview.refresh(0);
  return card(t("Letter"), preview.root);
}

const OUTCOMES = [
  ["sent", "Sent", "good"],
  ["pending", "Still to send", "calm"],
  ["skipped", "Skipped: they had left meanwhile", "quiet"],
  ["failed", "Failed", "bad"],
  ["unknown", "Unknown: Amazon SES has not said", "warn"],
];
const NEVER_SENT = "Not sent: the campaign ended before";

// What came back, and of which number it is a share.
const RESPONSES = [
  ["delivered", "Delivered", "sent"],
  ["opened", "Opened", "delivered"],
  ["clicked", "Clicked a link", "delivered"],
  ["bounced", "Hard bounces", "sent"],
  ["soft_bounced", "Soft bounces", "sent"],
  ["complained", "Reported as spam", "delivered"],
  ["unsubscribed", "Unsubscribed", "delivered"],
  ["suppressed", "Not tried by Amazon SES", "sent"],
  ["unclassified", "Bounces and complaints of an unknown type", "sent"],
];

function outcome({ status, counts, results = {} }) {
  if (!counts.planned) {
    return OVER.includes(status)
      ? empty(t("No results."), t("The campaign ended before anybody got it."))
      : empty(t("No results yet."), t("They appear as soon as the first emails are out."));
  }
  const parts = OUTCOMES.filter(([name]) => counts[name]).map(([name, words, kind]) => ({
    name: t(name === "pending" && OVER.includes(status) ? NEVER_SENT : words),
    value: counts[name],
    kind,
  }));
  const totals = { sent: counts.sent, delivered: results.delivered };
  const known = RESPONSES.filter(([name]) => results[name]);
  const responses = known.map(([name, words, whole]) => [t(words), bar(t(words), results[name], totals[whole], whole)]);
  return [
    shares(t("What happened to the emails"), parts),
    responses.length ? facts(responses) : null,
    clicksByLink(results.links ?? []),
  ];
}

function clicksByLink(links) {
  const clicked = links.filter((link) => link.clicked).sort((one, other) => other.clicked - one.clicked);
  if (!clicked.length) return null;
  const columns = [
    {
      title: t("Link"),
      cell: ({ url }) => (url === null ? t("All other links") : el("bdi", {}, breakable(url))),
    },
    { title: t("Readers who clicked"), class: "number", cell: (link) => number(link.clicked) },
  ];
  return el(
    "div",
    { class: "by-link" },
    el("h3", {}, t("Clicks by link")),
    table(t("Clicks by link"), columns, clicked),
  );
}

function bar(words, part, total, whole) {
  const share = t(whole === "sent" ? "{share} of those sent" : "{share} of those delivered", {
    share: percent(part, total),
  });
  return [
    el("meter", { max: String(total || 1), value: String(part), "aria-label": words }),
    el("span", { class: "date" }, number(part), " ", el("span", { class: "quiet-text" }, share)),
  ];
}

// When readers first opened and clicked, counted from the sending of each email.
function engagement({ hours, days } = { hours: [], days: [] }) {
  const chart = (title, unit, word, periods) =>
    lines(title, periods.map((period) => period[unit]), [
      { name: t("First opened"), kind: "main", values: periods.map(({ opened }) => opened) },
      { name: t("First clicked"), kind: "warn", values: periods.map(({ clicked }) => clicked) },
    ], { unit: t(word), word: (count) => `${t(unit)} ${count}` });
  const wholeDay = Array.from(
    { length: HOURS },
    (_, index) => hours[index] ?? { hour: index + 1, opened: 0, clicked: 0 },
  );
  return [
    hours.length > 0 && chart(t("Readers by hour since sending"), "hour", "Hour", wholeDay),
    days.length > 1 && chart(t("Readers by day since sending"), "day", "Day", days),
  ];
}

function about(campaign) {
  return facts([
    [t("Readers"), describeAudience(campaign.audience)],
    [t("Written"), at(campaign.created_at)],
    [t("Scheduled for"), campaign.schedule_at && at(campaign.schedule_at)],
    [t("Began"), campaign.started_at && at(campaign.started_at)],
    [t("Ended"), campaign.finished_at && at(campaign.finished_at)],
    [
      t("On the web"),
      campaign.web_url &&
      el("a", { href: campaign.web_url, target: "_blank", rel: "noreferrer" }, t("View in browser")),
    ],
  ]);
}

// This letter among the last ones, by the shares of the emails delivered.
async function lastLetters(path, signal) {
  const isoDay = (moment) => new Date(moment).toISOString().slice(0, 10);
  const span = { from: isoDay(Date.now() - 364 * DAY), to: isoDay(Date.now()) };
  const { campaigns } = await api.get("analytics", span, signal);
  const sent = campaigns.filter(({ counts }) => counts.sent).sort((one, other) =>
    other.started_at.localeCompare(one.started_at)
  );
  if (sent.length < 2) return null;
  const share = (rate) => (rate === null ? "–" : percent(rate, 1));
  const columns = [
    {
      title: t("Letter"),
      cell: ({ id, subject }) =>
        path.endsWith(id)
          ? el("strong", {}, t("This one"))
          : el("a", { href: `#/campaigns/${id}` }, el("bdi", {}, subject)),
    },
    { title: t("Opened"), class: "number", cell: ({ rates }) => share(rates.open_rate) },
    { title: t("Clicked"), class: "number", cell: ({ rates }) => share(rates.click_rate) },
  ];
  const own = sent.findIndex(({ id }) => path.endsWith(id));
  const from = Math.max(0, Math.min(own - 2, sent.length - BESIDE));
  return card(
    t("Compared with your other letters"),
    table(t("Compared with your other letters"), columns, sent.slice(from, from + BESIDE)),
  );
}

function recipients(path, signal) {
  const results = el("div");
  let group = "planned";
  let shown = null;
  const show = () => {
    const place = el("div");
    replace(results, place);
    shown = listing({
      place,
      caption: t("Readers"),
      noun: ["reader", "readers"],
      columns: [
        {
          title: t("Person"),
          cell: (one) => el("a", { href: `#/subscribers/${api.piece(one.email)}` }, address(one.email)),
        },
        {
          title: t("Outcome"),
          cell: (
            one,
          ) => [
            chip(one.outcome),
            ...(one.feedback ?? []).map((mark) => [" ", chip(mark.replaceAll("_", " "))]),
            one.reason && el("bdi", { class: "quiet-text" }, ` ${reasonInWords(one.reason)}`),
          ],
        },
      ],
      fetch: async (cursor) => {
        const page = await api.get(`${path}/recipients`, { group, limit: PAGE, cursor }, signal);
        return { rows: page.recipients, cursor: page.cursor };
      },
      nothing: () =>
        empty(
          t("Nobody here."),
          t(group === "planned" ? "The readers are chosen when sending begins." : "No reader is in this group."),
        ),
    });
  };
  const choose = (chosen) => {
    group = chosen;
    show();
  };
  const refresh = async () => {
    if (!shown) return show();
    try {
      return await shown.refresh();
    } catch (error) {
      if (error.name !== "AbortError") console.warn(error);
      return undefined;
    }
  };
  const groups = GROUPS.map(([name, words]) => [name, t(words)]);
  return { root: [segments(t("Group"), groups, group, choose), results], refresh };
}
