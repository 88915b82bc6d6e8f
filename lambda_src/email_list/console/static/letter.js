// Shows one letter in a frame without an origin. It gets the letter by a message from the console's window, the only
// one it listens to, and answers with its height. What a letter may load is up to this page's security policy; images
// that it would refuse are not even tried: a drawing stands in their places.

"use strict";

const PLACEHOLDER = "data:image/svg+xml," + encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 160 90"><rect width="160" height="90" fill="#d9dce3"/>' +
    '<g fill="none" stroke="#6b7280" stroke-width="2"><path d="m52 62 18-22 12 14 8-8 16 16z"/>' +
    '<circle cx="96" cy="34" r="5"/></g></svg>',
);

addEventListener("message", (event) => {
  if (event.source !== parent || typeof event.data?.html !== "string") return;
  const letter = new DOMParser().parseFromString(event.data.html, "text/html");
  for (const link of letter.querySelectorAll("a[href]")) {
    link.target = "_blank";
    link.rel = "noopener noreferrer";
  }
  if (!event.data.images) {
    for (const image of letter.querySelectorAll("img")) {
      if (event.data.ours && image.src.startsWith(`${event.data.ours}/`)) continue;
      image.removeAttribute("srcset");
      image.src = PLACEHOLDER;
    }
  }
  document.replaceChild(document.adoptNode(letter.documentElement), document.documentElement);
  document.documentElement.style.colorScheme = event.data.dark ? "dark" : "light";
  for (const sheet of document.styleSheets) chooseScheme(sheet.cssRules, event.data.dark);
  new ResizeObserver(tellHeight).observe(document.body);
  tellHeight();
});

// The letter is shown in the scheme that was asked for, whatever the reader's own is.
function chooseScheme(rules, dark) {
  for (const rule of rules) {
    if (!rule.media) continue;
    const query = rule.media.mediaText;
    rule.media.mediaText = query
      .replace(/\(prefers-color-scheme:\s*dark\)/g, dark ? "(min-width: 0px)" : "(max-width: 0px)")
      .replace(/\(prefers-color-scheme:\s*light\)/g, dark ? "(max-width: 0px)" : "(min-width: 0px)");
  }
}

function tellHeight() {
  parent.postMessage({ height: Math.ceil(document.body.getBoundingClientRect().bottom) }, "*");
}

parent.postMessage({ ready: true }, "*");
