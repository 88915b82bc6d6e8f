// The templates: one's own, and the starters that come with the product.

import * as api from "./api.js";
import { el, replace } from "./dom.js";
import { when } from "./format.js";
import { busy, button, empty, heading, linkButton, load } from "./parts.js";
import { t } from "./words.js";

export function showTemplates({ main, signal }) {
  const place = el("div");
  replace(
    main,
    heading(t("Templates"), linkButton(t("New template"), "#/templates/new", "primary")),
    el(
      "p",
      { class: "lead" },
      t("A template is the form of a letter that you send again and again; each campaign fills it in."),
    ),
    place,
  );
  load(place, () => api.get("templates", { limit: 100 }, signal), (page) => {
    const own = page.templates.filter((template) => !template.starter);
    const grid = el("ul", { class: "cards" }, own.map(ownCard));
    replace(
      place,
      own.length
        ? grid
        : empty(t("No templates of your own yet."), t("Start from one of those below, or from scratch.")),
      page.cursor && more(grid, page.cursor, signal),
      el("h2", {}, t("Starter templates")),
      el("ul", { class: "cards" }, page.templates.filter((template) => template.starter).map(starterCard)),
    );
  });
}

function more(grid, cursor, signal) {
  const next = button(t("Show more"), () =>
    busy(next, async () => {
      const page = await api.get("templates", { limit: 100, cursor }, signal);
      grid.append(...page.templates.map(ownCard));
      cursor = page.cursor;
      next.hidden = !cursor;
    }));
  return next;
}

const useIt = ({ name }) => linkButton(t("Use template"), `#/drafts/new?template=${api.piece(name)}`);

function ownCard(template) {
  const address = `#/templates/${api.piece(template.name)}`;
  return el(
    "li",
    { class: "card" },
    el("h3", {}, el("a", { href: address }, template.name)),
    el("p", {}, el("bdi", {}, template.description || template.subject)),
    el("p", { class: "quiet-text" }, t("Changed {moment}", { moment: when(template.updated_at) })),
    el("div", { class: "buttons" }, useIt(template), linkButton(t("Edit"), address)),
  );
}

function starterCard(template) {
  return el(
    "li",
    { class: "card" },
    el("h3", {}, template.name),
    el("p", {}, t(template.description)),
    el(
      "div",
      { class: "buttons" },
      useIt(template),
      linkButton(t("Customize a copy"), `#/templates/new?from=${api.piece(template.name)}`),
    ),
  );
}
