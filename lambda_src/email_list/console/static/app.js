// The application: who is signed in, which page is shown, and the frame around it.

import { showActivity } from "./activity.js";
import * as api from "./api.js";
import { showCampaign } from "./campaign.js";
import { showCampaigns } from "./campaigns.js";
import { showDeliverability } from "./deliverability.js";
import { el, icon, replace } from "./dom.js";
import { showFeed, showFeeds } from "./feeds.js";
import { showOverview } from "./overview.js";
import { announce, empty, heading, linkButton, messages } from "./parts.js";
import { showImport } from "./import.js";
import { showSegment, showSegments } from "./segments.js";
import { usePictures } from "./pictures.js";
import { showSequence } from "./sequence.js";
import { showSequences } from "./sequences.js";
import { showSettings } from "./settings.js";
import { showSignIn } from "./signin.js";
import { showSubscriber } from "./subscriber.js";
import { showSubscribers } from "./subscribers.js";
import { showTemplate } from "./template.js";
import { showTemplates } from "./templates.js";
import { useColors } from "./colors.js";
import { useTimeZone } from "./format.js";
import { dismissGuard, mayLeave } from "./guard.js";
import { language, t } from "./words.js";
import { showDraft } from "./draft.js";
import { showEdit } from "./edit.js";
import { showStep } from "./step.js";

// Addresses of pages, after the #. Where two fit, the first wins.
const PAGES = [
  { at: /^\/$/, show: showOverview, section: "overview", title: "Overview" },
  { at: /^\/subscribers$/, show: showSubscribers, section: "subscribers", title: "Subscribers" },
  { at: /^\/subscribers\/import$/, show: showImport, section: "subscribers", title: "Import" },
  { at: /^\/subscribers\/(?<email>[^/]+)$/, show: showSubscriber, section: "subscribers", title: "Subscriber" },
  { at: /^\/segments$/, show: showSegments, section: "subscribers", title: "Segments" },
  { at: /^\/segments\/(?<id>[^/]+)$/, show: showSegment, section: "subscribers", title: "Segment" },
  { at: /^\/campaigns$/, show: showCampaigns, section: "campaigns", title: "Campaigns" },
  { at: /^\/(campaigns|drafts)\/new$/, show: showDraft, section: "campaigns", title: "New campaign" },
  { at: /^\/drafts\/(?<id>[^/]+)$/, show: showDraft, section: "campaigns", title: "Draft" },
  { at: /^\/campaigns\/(?<id>[^/]+)\/edit$/, show: showEdit, section: "campaigns", title: "Edit campaign" },
  { at: /^\/campaigns\/(?<id>[^/]+)$/, show: showCampaign, section: "campaigns", title: "Campaign" },
  { at: /^\/feeds$/, show: showFeeds, section: "campaigns", title: "Feeds" },
  { at: /^\/feeds\/(?<id>[^/]+)$/, show: showFeed, section: "campaigns", title: "Feed" },
  { at: /^\/sequences$/, show: showSequences, section: "sequences", title: "Sequences" },
  { at: /^\/sequences\/(?<id>[^/]+)$/, show: showSequence, section: "sequences", title: "Sequence" },
  {
    at: /^\/sequences\/(?<id>[^/]+)\/steps\/(?<step>new|\d+)$/,
    show: showStep,
    section: "sequences",
    title: "Email of a sequence",
  },
  { at: /^\/templates$/, show: showTemplates, section: "templates", title: "Templates" },
  { at: /^\/templates\/new$/, show: showTemplate, section: "templates", title: "New template" },
  { at: /^\/templates\/(?<name>[^/]+)$/, show: showTemplate, section: "templates", title: "Template" },
  { at: /^\/deliverability$/, show: showDeliverability, section: "deliverability", title: "Deliverability" },
  { at: /^\/activity$/, show: showActivity, section: "activity", title: "Activity" },
  { at: /^\/settings$/, show: showSettings, section: "settings", title: "Settings" },
];

const SECTIONS = [
  ["overview", "#/", "Overview"],
  ["subscribers", "#/subscribers", "Subscribers"],
  ["campaigns", "#/campaigns", "Campaigns"],
  ["sequences", "#/sequences", "Sequences"],
  ["templates", "#/templates", "Templates"],
  ["deliverability", "#/deliverability", "Deliverability"],
  ["activity", "#/activity", "Activity"],
  ["settings", "#/settings", "Settings"],
];

const root = el("div", { id: "app" });
let settings = null;
// Pages are shown once the list is known: one shown before would be shown again, without what was typed meanwhile.
let isReady = false;
let leaving = new AbortController();
let shownAddress = "";

function start() {
  document.documentElement.lang = language;
  document.body.append(root, ...messages);
  api.onSignOut(() => settings && leave(t("You signed out in another tab.")));
  api.onRefusal(() => leave(t("Your session has ended. Sign in again; what you were writing is kept.")));
  addEventListener("hashchange", move);
  addEventListener("showagain", showPage);
  addEventListener("renamed", () => (shownAddress = location.hash));
  if (api.isSignedIn()) enter(null);
  else showSignIn(root, "", enter);
}

async function enter(known) {
  settings = known ?? {};
  showFrame();
  await learnOfList();
  if (!settings) return;
  isReady = true;
  showPage();
}

// Another address: shown, unless the reader would rather stay with what is not saved yet.
async function move() {
  if (!isReady) return;
  const wanted = location.hash;
  history.replaceState(null, "", shownAddress || "#/");
  if (!(await mayLeave())) return;
  dismissGuard();
  history.replaceState(null, "", wanted);
  showPage();
}

function leave(message) {
  leaving.abort();
  dismissGuard();
  api.signOut();
  settings = null;
  isReady = false;
  document.querySelectorAll("dialog").forEach((dialog) => dialog.close());
  document.title = t("Sign in");
  showSignIn(root, message, enter);
}

function showFrame() {
  const links = SECTIONS.map(([section, address, text]) =>
    el("a", { href: address, "data-section": section }, icon(section), el("span", {}, t(text)))
  );
  const out = el(
    "button",
    { type: "button", class: "signout", onclick: async () => (await mayLeave()) && leave("") },
    icon("signout"),
    el("span", {}, t("Sign out")),
  );
  const skip = (event) => {
    event.preventDefault();
    document.querySelector("main").focus();
  };
  replace(
    root,
    el("a", { class: "skip", href: "#main", onclick: skip }, t("Skip to the page")),
    el(
      "header",
      { class: "top" },
      el(
        "a",
        { class: "brand", href: "#/" },
        el("span", { class: "mark", "aria-hidden": "true" }),
        el("bdi", {}, t("Newsletter")),
      ),
      out,
    ),
    el("nav", { "aria-label": t("Sections") }, links),
    el("main", { id: "main", tabindex: "-1" }),
  );
}

// The list's name, colours and time zone: known from signing in, or asked for. Pages come without them as well.
async function learnOfList() {
  try {
    const known = settings.list ? settings : await api.get("settings");
    settings &&= known;
  } catch {
    return;
  }
  if (!settings) return;
  const { name, time_zone: zone, colors, pictures_url: pictures } = settings.list;
  if (zone) useTimeZone(zone);
  usePictures(pictures ?? null);
  if (colors) useColors(colors);
  const mark = [...name].find((character) => /[\p{L}\p{N}]/u.test(character)) ?? "";
  root.querySelector(".brand bdi")?.replaceChildren(name);
  root.querySelector(".mark")?.replaceChildren(mark.toUpperCase());
}

function showPage() {
  shownAddress = location.hash;
  leaving.abort();
  leaving = new AbortController();
  const [path, query = ""] = (location.hash.slice(1) || "/").split("?");
  const found = PAGES.map((page) => ({ page, match: page.at.exec(path) })).find(({ match }) => match);
  for (const link of root.querySelectorAll("nav a")) {
    const isHere = link.dataset.section === found?.page.section;
    if (isHere) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
    // On a phone, there are more sections than fit.
    if (isHere) link.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
  const main = el("div", { class: "page" });
  replace(root.querySelector("main"), main);
  if (!found) {
    replace(
      main,
      heading(t("There is no such page")),
      empty(t("Nothing is here."), t("The address may be an old one."), linkButton(t("Back to the overview"), "#/")),
    );
  } else {
    const parameters = Object.fromEntries(
      Object.entries(found.match.groups ?? {}).map(([key, value]) => [key, decode(value)]),
    );
    found.page.show({ main, parameters, query: new URLSearchParams(query), signal: leaving.signal });
  }
  arrive(main, t(found?.page.title ?? "Not found"));
}

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

// Where the reader is now: the title, the top of the page, the focus.
function arrive(main, title) {
  document.title = `${title} – ${settings?.list?.name ?? t("Newsletter")}`;
  scrollTo(0, 0);
  main.querySelector("h1")?.focus({ preventScroll: true });
  announce(title);
}

start();
