// Drafts: what somebody is writing, kept in this browser until it is sent or saved. Nothing else is.

const PREFIX = `draft of ${new URL("../../", import.meta.url).pathname} `;

export function read(name) {
  try {
    return JSON.parse(localStorage.getItem(PREFIX + name));
  } catch {
    return null;
  }
}

// False when the browser has no room, or keeps nothing for this site.
export function keep(name, draft) {
  try {
    localStorage.setItem(PREFIX + name, JSON.stringify(draft));
    return true;
  } catch {
    return false;
  }
}

export function discard(name) {
  localStorage.removeItem(PREFIX + name);
}
