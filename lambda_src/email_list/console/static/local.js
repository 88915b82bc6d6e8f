// What this browser keeps of drafts: copies of what the server does not have yet, and the last draft thrown away.

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

// The names of everything kept that begin with this.
export const names = (beginning) =>
  Object.keys(localStorage)
    .filter((key) => key.startsWith(PREFIX + beginning))
    .map((key) => key.slice(PREFIX.length));
