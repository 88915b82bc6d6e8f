// Settings: what is configured, said in plain words. Changing it is `pulumi config set`, and the page says so.

import * as api from "./api.js";
import { el, replace } from "./dom.js";
import { number, percent } from "./format.js";
import { button, card, chip, facts, heading, load, notice, toast } from "./parts.js";

export function showSettings({ main, signal }) {
  const body = el("div");
  replace(
    main,
    heading("Settings"),
    el(
      "p",
      { class: "lead" },
      "Whoever runs the list changes these with ",
      el("code", {}, "pulumi config set"),
      " and ",
      el("code", {}, "pulumi up"),
      ".",
    ),
    body,
  );
  load(body, () => api.get("settings", {}, signal), (settings) => {
    replace(
      body,
      el(
        "div",
        { class: "columns" },
        el("div", {}, list(settings.list), form(settings.embed_html)),
        el("div", {}, sender(settings.sender), account(settings.account), access(settings.api_url)),
      ),
    );
  });
}

const text = (value) => value && el("bdi", {}, value);
const LANGUAGES = { en: "English", de: "German", auto: "the reader's own" };

function list(known) {
  return card(
    "The list",
    facts([
      ["Name", text(known.name)],
      ["Sender", text(known.sender)],
      ["Answers go to", text(known.reply_to) ?? "the sender"],
      ["Postal address", text(known.postal_address)],
      ["Language", LANGUAGES[known.language] ?? known.language],
      ["Privacy notice", known.privacy_url && el("a", { href: known.privacy_url }, known.privacy_url)],
      [
        "Signing up",
        known.double_opt_in ? "People confirm by a link in a mail" : "Takes effect at once, without a confirmation",
      ],
      [
        "Topics",
        known.topics.length
          ? el(
            "ul",
            { class: "plain-list" },
            known.topics.map((topic) =>
              el(
                "li",
                {},
                el("bdi", {}, topic.name),
                topic.description && el("bdi", { class: "quiet-text" }, ` – ${topic.description}`),
              )
            ),
          )
          : "None: everybody gets every newsletter",
      ],
    ]),
  );
}

const DKIM = {
  success: "Emails are signed (DKIM), as mailbox providers expect.",
  pending: "Amazon SES is still looking for these records in your domain's DNS:",
  failed: "Amazon SES did not find these records in your domain's DNS. Compare them with what is there:",
  temporary_failure: "Amazon SES found these records before, and does not find them now. Check your domain's DNS:",
  not_started:
    "Emails are not signed for a domain of yours. Set senderDomain: many providers treat unsigned newsletters as spam.",
};

function sender(status) {
  return card(
    "Sender",
    facts([
      ["Identity", text(status.identity)],
      ["Verified", status.verified ? chip("verified") : chip("pending")],
    ]),
    !status.verified &&
      notice(
        "warning",
        "Amazon SES does not send for this sender yet. For an address, open the link in the email from AWS; for a domain, add the DNS records.",
      ),
    notice(status.dkim === "success" ? "done" : "warning", DKIM[status.dkim] ?? `DKIM: ${status.dkim}`),
    status.dkim !== "success" &&
      status.dkim_records.length > 0 &&
      el(
        "ul",
        {},
        status.dkim_records.map((record) =>
          el("li", {}, el("code", {}, `${record.name} ${record.type} ${record.value}`))
        ),
      ),
  );
}

function account(status) {
  const quota = status.daily_quota;
  return card(
    "Sending with Amazon SES",
    status.in_sandbox &&
      notice(
        "warning",
        "The account is in the sandbox: mails reach only addresses that you have verified, and only a few a day. Ask AWS for production access in the SES console.",
      ),
    !status.sending_enabled &&
      notice("problem", "Amazon SES has stopped sending for this account. Look for a message from AWS."),
    status.enforcement_status !== "healthy" &&
      notice(
        "problem",
        `Amazon SES reviews this account (${status.enforcement_status}). Look for a message from AWS, and at bounces and complaints.`,
      ),
    facts([
      ["Account", status.in_sandbox ? "Sandbox" : "Production"],
      ["Pace", `Up to ${number(Math.floor(status.rate_per_second))} mails a second`],
      ["In 24 hours", quota === null ? "As many as you like" : `Up to ${number(quota)} mails`],
      [
        "Sent in the last 24 hours",
        quota === null
          ? number(status.sent_last_24_hours)
          : `${number(status.sent_last_24_hours)}, ${percent(status.sent_last_24_hours, quota)} of that`,
      ],
    ]),
  );
}

function form(html) {
  const copy = button("Copy", async () => {
    await navigator.clipboard.writeText(html);
    toast("The form is copied.");
  });
  return card(
    "Sign-up form for your site",
    el("p", {}, "Paste this into any page. It needs no script and takes on the page's own style."),
    el("pre", { class: "code", tabindex: "0", "aria-label": "HTML of the sign-up form" }, html),
    el("div", { class: "buttons" }, copy),
  );
}

function access(url) {
  const example = `curl -H "Authorization: Bearer $TOKEN" \\\n  '${url}/subscribers?status=active'`;
  return card(
    "The API",
    el("p", {}, "Everything this console does, programs can do with a token:"),
    el("pre", { class: "code", tabindex: "0", "aria-label": "Example of a request" }, example),
    el(
      "p",
      { class: "hint" },
      "A token opens the whole list: keep it out of pages, repositories and mails. To replace it, add an id to adminTokens, run pulumi up, move to the new token, then remove the old id.",
    ),
  );
}
