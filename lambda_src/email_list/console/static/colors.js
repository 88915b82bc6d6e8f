// The list's own accent, in the shades that can be read on light and on dark.

const SCHEME = matchMedia("(prefers-color-scheme: dark)");
let known = null;

// `colors` has, for each scheme, `accent` (as it can be read on the page) and `on_accent` (what can be read on it).
export function useColors(colors) {
  known = colors;
  apply();
}

function apply() {
  const { accent, on_accent: onAccent } = known[SCHEME.matches ? "dark" : "light"];
  document.documentElement.style.setProperty("--accent", accent);
  document.documentElement.style.setProperty("--on-accent", onAccent);
}

SCHEME.addEventListener("change", () => known && apply());
