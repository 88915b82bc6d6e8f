// The templates: one's own, and those that come with the product to begin with.

import * as api from "./api.js";
import { el, replace } from "./dom.js";
import { when } from "./format.js";
import { busy, button, empty, heading, linkButton, load } from "./parts.js";

export function showTemplates({ main, signal }) {
  const place = el("div");
  replace(
    main,
    heading("Templates", linkButton("New template", "#/templates/new", "primary")),
    el(
      "p",
      { class: "lead" },
      "A template is the form of a letter that you send again and again; each campaign fills it in.",
    ),
    place,
  );
  load(place, () => api.get("templates", { limit: 100 }, signal), (page) => {
    const own = page.templates.filter((template) => !template.starter);
    const grid = el("ul", { class: "cards" }, own.map(ownCard));
    replace(
      place,
      own.length ? grid : empty("No templates of your own yet.", "Begin with one of those below and make it yours."),
      page.cursor && more(grid, page.cursor, signal),
      el("h2", {}, "To begin with"),
      el("ul", { class: "cards" }, page.templates.filter((template) => template.starter).map(starterCard)),
    );
  });
}

function more(grid, cursor, signal) {
  const next = button("Show more", () =>
    busy(next, async () => {
      const page = await api.get("templates", { limit: 100, cursor }, signal);
      grid.append(...page.templates.map(ownCard));
      cursor = page.cursor;
      next.hidden = !cursor;
    }));
  return next;
}

function ownCard(template) {
  const address = `#/templates/${api.piece(template.name)}`;
  return el(
    "li",
    { class: "card" },
    el("h3", {}, el("a", { href: address }, template.name)),
    el("p", {}, el("bdi", {}, template.description || template.subject)),
    el("p", { class: "quiet-text" }, `Changed ${when(template.updated_at)}`),
    el(
      "div",
      { class: "buttons" },
      linkButton("Edit", address),
      linkButton("Write with it", `#/campaigns/new?template=${api.piece(template.name)}`),
    ),
  );
}

function starterCard(template) {
  return el(
    "li",
    { class: "card" },
    el("h3", {}, template.name),
    el("p", {}, template.description),
    el(
      "div",
      { class: "buttons" },
      linkButton("Make it yours", `#/templates/new?from=${api.piece(template.name)}`),
      linkButton("Write with it", `#/campaigns/new?template=${api.piece(template.name)}`),
    ),
  );
}
