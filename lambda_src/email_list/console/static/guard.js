// Nobody leaves a page with something unsaved on it without having been asked.

import { el } from "./dom.js";
import { dialog } from "./parts.js";
import { t } from "./words.js";

let isUnsaved = () => false;

// `unsaved()` tells whether something of the page that is shown would be lost; it counts until the page is left.
export const guard = (unsaved) => (isUnsaved = unsaved);
export const dismissGuard = () => (isUnsaved = () => false);

addEventListener("beforeunload", (event) => {
  if (isUnsaved()) event.preventDefault();
});

export async function mayLeave() {
  if (!isUnsaved()) return true;
  const leave = await dialog({
    title: t("Leave without saving?"),
    body: el("p", {}, t("What you changed on this page is not saved.")),
    action: t("Leave without saving"),
    kind: "danger",
    dismiss: t("Stay"),
    confirm: () => true,
  });
  return Boolean(leave);
}
