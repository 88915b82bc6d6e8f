// The admin API. The token lives in this browser's local storage, for a working day at most, and travels in a header, never
// in an address.

import { capitalised } from "./format.js";
import { said, t } from "./words.js";

const BASE = new URL("../../", import.meta.url);
const TOKEN = `token of ${BASE.pathname}`;
const WORKING_DAY = 10 * 60 * 60 * 1000;

export class ApiError extends Error {
  constructor(status, error) {
    super(error ? said(withoutField(error), error.details ?? {}) : messageFor(status));
    this.status = status;
    this.code = error?.code ?? "";
    this.details = error?.details ?? {};
  }
}

// Programs need the name of a field; people see its label, so "filter.above must be a number" begins with "Must be".
function withoutField(error) {
  const [name, ...rest] = error.message.split(" ");
  if (!rest.length || name !== error.details?.field) return error;
  return { ...error, message: capitalised(rest.join(" ")) };
}

function messageFor(status) {
  if (status === 0) return t("The server cannot be reached. Check your connection, then try again.");
  if (status === 429) return t("Too many requests at once. Wait a moment, then try again.");
  return t("The server answered with status {status}. Try again in a moment.", { status });
}

// The token that somebody signed in with in one of this browser's tabs, unless that was too long ago.
function currentToken() {
  try {
    const { token, until } = JSON.parse(localStorage.getItem(TOKEN));
    if (Date.now() < until) return token;
  } catch {
    // Nobody is signed in.
  }
  signOut();
  return null;
}

export const isSignedIn = () => currentToken() !== null;
export const signOut = () => localStorage.removeItem(TOKEN);

// What happens in this tab when somebody signs out in another one.
export const onSignOut = (listener) =>
  addEventListener("storage", ({ key, newValue }) => (key === TOKEN || key === null) && !newValue && listener());

// Try a token on a route that every token opens; it is kept when it opens it. The answer is the settings.
export async function signIn(token) {
  const settings = await call("GET", "settings", { token });
  localStorage.setItem(TOKEN, JSON.stringify({ token, until: Date.now() + WORKING_DAY }));
  return settings;
}

// What happens when the token is no longer accepted; the application sets it.
let refused = () => {};
export const onRefusal = (listener) => (refused = listener);

export const get = (path, query, signal) => authorised("GET", path + queryString(query), { signal });
export const getText = (path, query, signal) => authorised("GET", path + queryString(query), { signal, isText: true });
export const post = (path, body, options = {}) => authorised("POST", path, { json: body, ...options });
export const put = (path, body, options = {}) => authorised("PUT", path, { json: body, ...options });
export const patch = (path, body) => authorised("PATCH", path, { json: body });
export const remove = (path, options = {}) => authorised("DELETE", path, options);
export const postCsv = (path, csv, query) =>
  authorised("POST", path + queryString(query), { raw: csv, headers: { "content-type": "text/csv; charset=utf-8" } });

// One piece of a path, such as an address.
export const piece = encodeURIComponent;

// Where a person is found: by their id, which is their address in the alphabet of paths, since not every address goes
// through a path unchanged.
export function pathOf(email) {
  const id = btoa(String.fromCodePoint(...new TextEncoder().encode(email)));
  return `subscribers/by-id/${id.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "")}`;
}

// Whose id it is; null where it is no person's.
export function emailOf(id) {
  try {
    const bytes = Uint8Array.from(atob(id.replaceAll("-", "+").replaceAll("_", "/")), (each) => each.codePointAt(0));
    const email = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return email.includes("@") ? email : null;
  } catch {
    return null;
  }
}

function queryString(query = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== "");
  return given.length ? `?${new URLSearchParams(given)}` : "";
}

async function authorised(method, path, options) {
  const token = currentToken();
  try {
    return await call(method, path, { ...options, token });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 401) refused();
    if (error.status === 403) throw await explainRefusal(token, error);
    throw error;
  }
}

// A token that may read is refused for this one request; any other refusal ends the session.
async function explainRefusal(token, error) {
  try {
    await call("GET", "campaigns?limit=1", { token });
  } catch {
    refused();
    return error;
  }
  return new ApiError(403, { message: t("Your token does not let you do this."), code: "not_allowed" });
}

async function call(method, path, { token, json, raw, headers = {}, signal, isText } = {}) {
  const body = json === undefined ? raw : JSON.stringify(json);
  const type = json === undefined ? {} : { "content-type": "application/json" };
  try {
    const response = await fetch(new URL(path, BASE), {
      method,
      body,
      headers: { authorization: `Bearer ${token ?? ""}`, ...type, ...headers },
      credentials: "omit",
      cache: "no-store",
      redirect: "error",
      signal,
    });
    const answer = await response.text();
    if (!response.ok) throw new ApiError(response.status, readError(answer));
    if (isText) return answer;
    return answer ? JSON.parse(answer) : null;
  } catch (error) {
    if (error.name === "AbortError" || error instanceof ApiError) throw error;
    throw new ApiError(0);
  }
}

// The gateway's own refusals are no JSON of ours.
function readError(answer) {
  try {
    return JSON.parse(answer).error;
  } catch {
    return undefined;
  }
}
