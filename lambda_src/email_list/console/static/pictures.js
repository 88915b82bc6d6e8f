// Pictures on their way into a letter: announced to the API, sent to the bucket, waited for.

import * as api from "./api.js";
import { t } from "./words.js";

// What the API takes, in bytes and types.
const MOST = 10_000_000;
export const TYPES = ["image/jpeg", "image/png", "image/gif"];

const LOOK_AGAIN = 400;
const PATIENCE = 60_000;

// Pixels of a letter's text: a picture is shown no wider.
const COLUMN = 536;

// As Markdown. `width` is that of the file in pixels, where it is known, so that Outlook shows no more of them; a picture
// without a text is a decoration.
export function markdownOf(text, address, width) {
  const about = [text ? "" : ".decoration", width ? `width=${Math.min(width, COLUMN)}` : ""].filter(Boolean).join(" ");
  return `![${text}](${address})${about && `{${about}}`}`;
}

// The address below which uploaded pictures lie; null where the list takes none.
let place = null;
export const usePictures = (url) => (place = url);
export const picturesPlace = () => place;
export const takesPictures = () => place !== null;
export const isOurs = (address) => place !== null && address.startsWith(`${place}/`);

// The first picture among what was pasted or dropped. Text that comes with a picture, as from a word processor, is meant
// as text.
export function pictureIn(transfer) {
  if (!transfer || transfer.types.includes("text/plain")) return null;
  return [...transfer.files].find(({ type }) => type.startsWith("image/")) ?? null;
}

// The API's picture, once readers can see it. `progress` hears how much of it is sent, from 0 to 1. Throws an ApiError
// with words for people.
export async function upload(file, progress, signal) {
  if (!TYPES.includes(file.type)) {
    throw refusal(t("This is not a JPEG, PNG or GIF. Save the picture as one of them, then try again."));
  }
  if (file.size > MOST) {
    throw refusal(
      t("This picture is larger than 10 MB. Make it smaller, then try again; letters are 600 pixels wide."),
    );
  }
  const content = await file.arrayBuffer();
  const asked = { type: file.type, size: file.size, sha256: hex(await crypto.subtle.digest("SHA-256", content)) };
  const { id, upload: form } = await api.post("pictures", asked, { signal });
  await send(form, file, progress, signal);
  return await settled(id, signal);
}

// On a laptop, pictures lie on this computer, and so do the inboxes: there is nothing to warn of.
export const isOnLaptop = ({ code, message }) => code === "nowhere" && Boolean(place) && message.includes(place);

const refusal = (message) => new api.ApiError(422, { message });

const hex = (digest) => [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");

// `fetch` tells nothing of the way up.
function send({ url, fields }, file, progress, signal) {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  body.append("file", file);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const end = () => request.abort();
    request.upload.addEventListener("progress", ({ loaded, total }) => progress(total ? loaded / total : 0));
    request.addEventListener(
      "load",
      () =>
        request.status < 300
          ? resolve()
          : reject(new api.ApiError(request.status, { message: t("The picture was not accepted. Try again.") })),
    );
    request.addEventListener("error", () => reject(new api.ApiError(0)));
    request.addEventListener("abort", () => reject(new DOMException("The upload was ended.", "AbortError")));
    request.addEventListener("loadend", () => signal?.removeEventListener("abort", end));
    signal?.addEventListener("abort", end);
    request.open("POST", url);
    request.send(body);
  });
}

async function settled(id, signal) {
  for (const ends = Date.now() + PATIENCE; Date.now() < ends;) {
    const picture = await api.get(`pictures/${api.piece(id)}`, {}, signal);
    if (picture.status === "ready") return picture;
    if (picture.status === "failed") throw new api.ApiError(422, picture.reason);
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN));
  }
  throw refusal(t("The picture is still being prepared. Wait a minute, then upload it again."));
}
