"use strict";

const listing = document.getElementById("listing");

function showLocalTimes() {
  for (const time of document.querySelectorAll("time")) {
    time.textContent = new Date(time.dateTime).toLocaleString();
  }
}

async function refresh() {
  const answer = await fetch("/mailbox/rows" + location.search);
  const rows = await answer.text();
  // Untouched while nothing changed, so that neither focus nor selection is lost.
  if (answer.ok && rows !== refresh.shown) {
    refresh.shown = rows;
    listing.innerHTML = rows;
    showLocalTimes();
  }
}

async function keepCurrent() {
  if (!document.hidden) {
    await refresh().catch(() => {});
  }
  setTimeout(keepCurrent, 2000);
}

// How the HTML part is looked at.
const view = document.getElementById("view");
view?.addEventListener("change", ({ target }) => {
  const frame = document.querySelector("iframe");
  if (target.name === "pictures") frame.src = frame.src.split("?")[0] + (target.checked ? "?pictures=1" : "");
  else frame.style.width = target.value && `${target.value}px`;
});

showLocalTimes();
if (listing) {
  document.getElementById("clear").addEventListener("click", async () => {
    if (confirm("Delete all emails?")) {
      await fetch("/mailbox/messages", { method: "DELETE" });
      await refresh();
    }
  });
  keepCurrent();
}
