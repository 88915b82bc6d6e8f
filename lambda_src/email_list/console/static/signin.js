// The way in: an admin token, tried at once.

import { signIn } from "./api.js";
import { el, replace } from "./dom.js";
import { busy, field, notice } from "./parts.js";
import { t } from "./words.js";

const TOKEN = /^[\x21-\x7e]+$/;

export function showSignIn(place, message, onSignedIn) {
  const token = field(
    t("Admin token"),
    el("input", { type: "password", autocomplete: "current-password", required: true }),
    {
      hint: t("This browser keeps it until you sign out, for ten hours at most."),
    },
  );
  const problems = el("div");
  const enter = el("button", { type: "submit", class: "primary" }, t("Sign in"));
  const submit = (event) => {
    event.preventDefault();
    const typed = token.input.value.trim();
    token.problem(TOKEN.test(typed) ? "" : t("This is not a token: paste it as it was printed, without spaces."));
    if (!TOKEN.test(typed)) return token.input.focus();
    return busy(enter, () => tryToken(typed, token, onSignedIn), problems);
  };
  replace(
    place,
    el(
      "main",
      { class: "signin", id: "main" },
      el("h1", { tabindex: "-1" }, t("Sign in")),
      message && notice("warning", message),
      el("form", { onsubmit: submit }, accountName(), token.root, problems, enter),
      el(
        "p",
        { class: "hint" },
        `${t("The operator of the list gets the token from Pulumi:")} `,
        el("code", {}, "pulumi stack output admin_token --show-secrets"),
      ),
    ),
  );
  token.input.focus();
}

// Password managers keep a token under a name.
function accountName() {
  return el("input", { type: "text", autocomplete: "username", value: location.host, readonly: true, hidden: true });
}

async function tryToken(typed, token, onSignedIn) {
  try {
    onSignedIn(await signIn(typed));
  } catch (error) {
    if (error.status !== 401 && error.status !== 403) throw error;
    token.problem(t("This token is not valid."));
    token.input.select();
  }
}
