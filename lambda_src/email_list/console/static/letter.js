// Shows one letter in a frame without an origin. It gets the letter by a message from the console's window, the only
// one it listens to, and answers with its height. What a letter may load is up to this page's security policy; images
// that it would refuse are not even tried.

"use strict";

addEventListener("message", (event) => {
  if (event.source !== parent || typeof event.data?.html !== "string") return;
  const letter = new DOMParser().parseFromString(event.data.html, "text/html");
  for (const link of letter.querySelectorAll("a[href]")) {
    link.target = "_blank";
    link.rel = "noopener noreferrer";
  }
  if (!event.data.images) {
    for (const image of letter.querySelectorAll("img")) image.removeAttribute("src");
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
