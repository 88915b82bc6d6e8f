// The admin API. The token lives in this tab's session storage and travels in a header, never in an address.

import { t } from "./words.js";

const BASE = new URL("../../", import.meta.url);
const TOKEN = `token of ${BASE.pathname}`;

export class ApiError extends Error {
  constructor(status, error) {
    super(error?.message ?? messageFor(status));
    this.status = status;
    this.code = error?.code ?? "";
    this.details = error?.details ?? {};
  }
}

function messageFor(status) {
  if (status === 0) return t("The server cannot be reached. Check your connection, then try again.");
  if (status === 429) return t("Too many requests at once. Wait a moment, then try again.");
  return t("The server answered with status {status}. Try again in a moment.", { status });
}

export const isSignedIn = () => sessionStorage.getItem(TOKEN) !== null;
export const signOut = () => sessionStorage.removeItem(TOKEN);

// Try a token on a route that every token opens; it is kept when it opens it. The answer is the settings.
export async function signIn(token) {
  const settings = await call("GET", "settings", { token });
  sessionStorage.setItem(TOKEN, token);
  return settings;
}

// What happens when the token is no longer accepted; the application sets it.
let refused = () => {};
export const onRefusal = (listener) => (refused = listener);

export const get = (path, query, signal) => authorised("GET", path + queryString(query), { signal });
export const post = (path, body, options = {}) => authorised("POST", path, { json: body, ...options });
export const put = (path, body, options = {}) => authorised("PUT", path, { json: body, ...options });
export const patch = (path, body) => authorised("PATCH", path, { json: body });
export const remove = (path, options = {}) => authorised("DELETE", path, options);
export const postCsv = (path, csv) =>
  authorised("POST", path, { raw: csv, headers: { "content-type": "text/csv; charset=utf-8" } });

// One piece of a path, such as an address.
export const piece = encodeURIComponent;

// Where a person is found: by their id, which is their address in the alphabet of paths, since not every address goes
// through a path unchanged.
export function pathOf(email) {
  const id = btoa(String.fromCodePoint(...new TextEncoder().encode(email)));
  return `subscribers/by-id/${id.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "")}`;
}

function queryString(query = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== "");
  return given.length ? `?${new URLSearchParams(given)}` : "";
}

async function authorised(method, path, options) {
  const token = sessionStorage.getItem(TOKEN);
  try {
    return await call(method, path, { ...options, token });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 401 || (error.status === 403 && method === "GET")) refused();
    if (error.status === 403 && method !== "GET") throw await explainRefusal(token, error);
    throw error;
  }
}

// A token that may only read is refused for this one request; any other refusal ends the session.
async function explainRefusal(token, error) {
  try {
    await call("GET", "campaigns?limit=1", { token });
  } catch {
    refused();
    return error;
  }
  return new ApiError(403, { message: t("Your token lets you look but not change anything."), code: "read_only" });
}

async function call(method, path, { token, json, raw, headers = {}, signal } = {}) {
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
