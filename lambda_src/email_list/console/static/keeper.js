// Keeps a draft on the server while somebody writes: a moment after the last key, with a copy in this browser until the
// server has it. What somebody else saved meanwhile is never overwritten.

import * as api from "./api.js";
import * as local from "./local.js";

const PAUSE = 1200;
const RETRY = 5000;
const SLOWEST = 60000;

// A draft is {id, version, title, letter, audience}; a new one has neither id nor version. `told(state, details)` hears
// `saving`, `saved`, `failed` (with the error; it is tried again), `refused` (with the error; it is not, before the next
// change) and `conflict` (with the other version). `named(id)` hears of the id once there is one.
export function keeper({ draft, copy, told, named }) {
  let { id, version } = draft;
  let [wanted, sent] = [null, null];
  let [timer, pause] = [0, RETRY];
  let isStopped = false;
  let saving = null;

  function change(document) {
    wanted = document;
    const isKept = local.keep(copy, { ...document, id, version, at: new Date().toISOString() });
    told("saving", { isKept });
    schedule(PAUSE);
  }

  function schedule(wait) {
    clearTimeout(timer);
    if (!isStopped) timer = setTimeout(save, wait);
  }

  // One request at a time: what changes meanwhile is saved after it.
  function save() {
    clearTimeout(timer);
    saving ??= send().finally(() => (saving = null));
    return saving;
  }

  async function send() {
    while (wanted && !isStopped) {
      sent = wanted;
      try {
        const stored = id
          ? await api.put(`drafts/${id}`, sentFields(sent), { headers: { "if-match": `"${version}"` } })
          : await api.post("drafts", sentFields(sent));
        const isNew = !id;
        ({ id, version } = stored);
        pause = RETRY;
        if (isNew) {
          // The copy goes by the draft's id from now on, under which its page looks for it.
          local.discard(copy);
          copy = id;
          named(id);
        }
        if (wanted !== sent) {
          local.keep(copy, { ...wanted, id, version, at: new Date().toISOString() });
          continue;
        }
        wanted = null;
        // What the server cannot take, a line that is not understood yet, stays in this browser.
        if (sent.isWhole) local.discard(copy);
        else local.keep(copy, { ...sent, id, version, at: new Date().toISOString() });
        told("saved", stored);
      } catch (error) {
        return failed(error);
      }
    }
    return undefined;
  }

  function failed(error) {
    if (error.status === 404 && id) {
      // Somebody has thrown it away: what is written here becomes a draft again.
      id = undefined;
      return schedule(0);
    }
    if (error.status === 412) {
      isStopped = true;
      return told("conflict", error.details.draft);
    }
    const isPassing = !error.status || error.status === 429 || error.status >= 500;
    told(isPassing ? "failed" : "refused", error);
    if (isPassing) {
      schedule(pause);
      pause = Math.min(SLOWEST, 2 * pause);
    } else {
      wanted = null;
    }
    return undefined;
  }

  const online = () => wanted && schedule(0);
  addEventListener("online", online);

  return {
    change,
    // All of it is on the server afterwards; false when it could not be brought there.
    flush: async () => {
      await save();
      return !wanted && !isStopped;
    },
    isUnsaved: () => Boolean(wanted),
    id: () => id,
    version: () => version,
    // Nothing is saved any more; with `forget`, the copy in this browser goes as well.
    stop: ({ forget = false } = {}) => {
      isStopped = true;
      clearTimeout(timer);
      removeEventListener("online", online);
      if (forget) local.discard(copy);
    },
  };
}

const sentFields = ({ title, letter, audience }) => ({ title, letter, audience });
