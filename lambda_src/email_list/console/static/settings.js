// Settings: what is configured, said in plain words. Changing it is `pulumi config set`, and the page says so.

import * as api from "./api.js";
import { breakable, el, replace } from "./dom.js";
import { number, percent, timeZone } from "./format.js";
import { button, card, chip, facts, field, heading, load, notice, saveFile, select, toast } from "./parts.js";
import { qrPicture } from "./qr.js";
import { choose, language, LANGUAGES, phrase, t } from "./words.js";

export function showSettings({ main, signal }) {
  const body = el("div");
  replace(
    main,
    heading(t("Settings")),
    el(
      "p",
      { class: "lead" },
      phrase("The operator of the list changes these with {set} and {up}.", {
        set: el("code", {}, "pulumi config set"),
        up: el("code", {}, "pulumi up"),
      }),
    ),
    body,
  );
  load(body, () => api.get("settings", {}, signal), (settings) => {
    replace(
      body,
      el(
        "div",
        { class: "columns" },
        el(
          "div",
          {},
          list(settings.list),
          signUpPage(settings.api_url),
          form(settings.embed_html),
        ),
        el("div", {}, console_(), sender(settings.sender), account(settings.account), access(settings.api_url)),
      ),
    );
  });
}

const text = (value) => value && el("bdi", {}, breakable(value));
const address = (value) => value && el("a", { href: value, class: "address" }, breakable(value));
const SPOKEN = { en: "English", de: "German", auto: "the reader’s own" };

function list(known) {
  return card(
    t("The list"),
    facts([
      [t("Name"), text(known.name)],
      [t("Sender"), text(known.sender)],
      [t("Replies go to"), text(known.reply_to) ?? t("the sender")],
      [t("Postal address"), text(known.postal_address)],
      [t("Description"), text(known.description)],
      [t("Website"), address(known.website_url)],
      [t("Logo"), address(known.logo_url)],
      [t("Language"), t(SPOKEN[known.language] ?? known.language)],
      [t("Time zone"), timeZone()],
      [t("Privacy notice"), address(known.privacy_url)],
      [
        t("Signing up"),
        t(
          known.double_opt_in ? "People confirm by a link in an email" : "Takes effect at once, without a confirmation",
        ),
      ],
      [
        t("Topics"),
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
          : t("None: everyone gets every newsletter"),
      ],
    ]),
  );
}

// What belongs to this browser alone.
function console_() {
  const chosen = field(t("Language of the console"), select(Object.entries(LANGUAGES), language, choose));
  return card(t("This console"), chosen.root);
}

const DKIM = {
  success: "Emails are signed (DKIM), as mailbox providers expect.",
  pending: "Amazon SES is still looking for these records in your domain’s DNS:",
  failed: "Amazon SES did not find these records in your domain’s DNS. Compare them with what is there:",
  temporary_failure: "Amazon SES found these records before, and does not find them now. Check your domain’s DNS:",
  not_started:
    "Emails are not signed for a domain of yours. Set senderDomain: many providers treat unsigned newsletters as spam.",
};

function sender(status) {
  return card(
    t("Sender"),
    facts([
      [t("Identity"), text(status.identity)],
      [t("Verified"), status.verified ? chip("verified") : chip("pending")],
    ]),
    !status.verified &&
      notice(
        "warning",
        t(
          "Amazon SES does not send for this sender yet. For an address, open the link in the email from AWS; for a domain, add the DNS records.",
        ),
      ),
    notice(status.dkim === "success" ? "done" : "warning", t(DKIM[status.dkim] ?? `DKIM: ${status.dkim}`)),
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
  const sent = status.sent_last_24_hours;
  return card(
    t("Sending with Amazon SES"),
    status.in_sandbox &&
      notice(
        "warning",
        t(
          "The account is in the sandbox: emails reach only addresses that you have verified, and only a few a day. Ask AWS for production access in the SES console.",
        ),
      ),
    !status.sending_enabled &&
      notice("problem", t("Amazon SES has stopped sending for this account. Look for a message from AWS.")),
    status.enforcement_status !== "healthy" &&
      notice(
        "problem",
        t("Amazon SES reviews this account ({status}). Look for a message from AWS, and at bounces and complaints.", {
          status: status.enforcement_status,
        }),
      ),
    facts([
      [t("Account"), t(status.in_sandbox ? "Sandbox" : "Production")],
      [t("Pace"), t("Up to {rate} emails a second", { rate: number(Math.floor(status.rate_per_second)) })],
      [
        t("In 24 hours"),
        quota === null ? t("As many as you like") : t("Up to {count} emails", { count: number(quota) }),
      ],
      [
        t("Sent in the last 24 hours"),
        quota === null
          ? number(sent)
          : t("{count}, {share} of that", { count: number(sent), share: percent(sent, quota) }),
      ],
    ]),
  );
}

async function copy(value, words) {
  await navigator.clipboard.writeText(value);
  toast(words);
}

function signUpPage(url) {
  const page = `${url}/subscribe`;
  const picture = qrPicture(page, t("QR code of the sign-up page"));
  const save = () => saveFile("sign-up.svg", "image/svg+xml", new XMLSerializer().serializeToString(picture));
  return card(
    t("Sign-up page"),
    el("p", {}, t("Give people this address:")),
    el("p", {}, address(page)),
    picture,
    el(
      "div",
      { class: "buttons" },
      button(t("Copy the address"), () => copy(page, t("The address is copied."))),
      picture && button(t("Download the QR code"), save),
    ),
  );
}

function form(html) {
  return card(
    t("Sign-up form for your site"),
    el("p", {}, t("Paste this into any page. It needs no script and takes on the page’s own style.")),
    el("pre", { class: "code", tabindex: "0", role: "region", "aria-label": t("HTML of the sign-up form") }, html),
    el("div", { class: "buttons" }, button(t("Copy"), () => copy(html, t("The form is copied.")))),
  );
}

function access(url) {
  const example = `curl -H "Authorization: Bearer $TOKEN" \\\n  '${url}/subscribers?status=active'`;
  return card(
    t("The API"),
    el("p", {}, t("Everything this console does, programs can do with a token:")),
    el("pre", { class: "code", tabindex: "0", role: "region", "aria-label": t("Example of a request") }, example),
    el(
      "p",
      { class: "hint" },
      t(
        "A token opens the whole list: keep it out of pages, repositories and emails. To replace it, add an id to adminTokens, run pulumi up, move to the new token, then remove the old id.",
      ),
    ),
  );
}
