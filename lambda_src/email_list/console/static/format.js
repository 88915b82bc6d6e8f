// Numbers and moments as people read them, in the console's language and the list's time zone.

import { language, t } from "./words.js";

const DAY = 24 * 60 * 60 * 1000;
const LOCALE = { en: "en-GB" }[language] ?? language;

const whole = new Intl.NumberFormat(LOCALE);
const tenths = new Intl.NumberFormat(LOCALE, { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 });
const money = new Intl.NumberFormat(LOCALE, { style: "currency", currency: "USD" });
const shortDate = new Intl.DateTimeFormat(LOCALE, { day: "numeric", month: "short", timeZone: "UTC" });
const dayOfWeek = new Intl.DateTimeFormat(LOCALE, { weekday: "long", timeZone: "UTC" });
const relative = new Intl.RelativeTimeFormat(LOCALE, { numeric: "auto" });

const CLOCK = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
let zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
let date, moment, dayAndTime, dayYearAndTime, time, parts;

export const timeZone = () => zone;

// "Berlin" of "Europe/Berlin", which is the list's zone unless another is named.
export const placeOfZone = (name = zone) => name.split("/").at(-1).replaceAll("_", " ");

// All moments are shown in this zone from now on. One that the browser does not know changes nothing.
export function useTimeZone(wanted) {
  try {
    make(wanted);
    zone = wanted;
  } catch {
    make(zone);
  }
}

function make(timeZone_) {
  const style = (options) => new Intl.DateTimeFormat(LOCALE, { timeZone: timeZone_, ...options });
  date = style({ day: "numeric", month: "short", year: "numeric" });
  moment = style({ day: "numeric", month: "short", year: "numeric", ...CLOCK });
  dayAndTime = style({ weekday: "short", day: "numeric", month: "short", ...CLOCK });
  dayYearAndTime = style({ weekday: "short", day: "numeric", month: "short", year: "numeric", ...CLOCK });
  time = style(CLOCK);
  parts = style({ year: "numeric", month: "2-digit", day: "2-digit", ...CLOCK, second: "2-digit" });
}

make(zone);

// US dollars, as AWS charges them.
export const dollars = (value) => money.format(value ?? 0);

export const number = (value) => whole.format(value ?? 0);

// "1 campaign", "2 campaigns".
export const counted = (count, one, many = `${one}s`) => `${number(count)} ${t(count === 1 ? one : many)}`;

export const capitalised = (text) => text[0].toUpperCase() + text.slice(1);

export const people = (count) => counted(count, "person", "people");

export function percent(part, total, digits = 1) {
  if (!total) return "–";
  if (digits === 1) return tenths.format(part / total);
  const style = { style: "percent", minimumFractionDigits: digits, maximumFractionDigits: digits };
  return new Intl.NumberFormat(LOCALE, style).format(part / total);
}

export const day = (iso) => (iso ? date.format(new Date(iso)) : "–");

// A calendar day of the API, "2026-11-24", which is one in UTC.
export const calendarDay = (iso) => shortDate.format(new Date(`${iso}T00:00:00Z`));

export const at = (iso) => (iso ? moment.format(new Date(iso)) : "–");

// "Monday" of 0: the first of January 2024 was one.
export const weekdayName = (index) => dayOfWeek.format(new Date(Date.UTC(2024, 0, 1 + index)));

// "Thu, 26 Nov, 09:00", with the year where it is another one.
export const weekday = (iso) => (isThisYear(iso) ? dayAndTime : dayYearAndTime).format(new Date(iso));

const isThisYear = (iso) => wallTime(new Date(iso)).slice(0, 4) === wallTime(new Date()).slice(0, 4);

// "today, 14:05", "yesterday, 09:30", or the whole date.
export function when(iso) {
  if (!iso) return "–";
  const then = new Date(iso);
  const days = Math.round((midnight(then) - midnight(new Date())) / DAY);
  return Math.abs(days) <= 1 ? `${relative.format(days, "day")}, ${time.format(then)}` : at(iso);
}

const midnight = (instant) => Date.parse(`${wallTime(instant).slice(0, 10)}T00:00:00Z`);

// What clocks in the list's zone show at an instant, as a field of date and time has it: "2026-11-26T09:00".
export function wallTime(instant) {
  const shown = Object.fromEntries(parts.formatToParts(instant).map(({ type, value }) => [type, value]));
  return `${shown.year}-${shown.month}-${shown.day}T${shown.hour}:${shown.minute}`;
}

// The instant at which clocks in the list's zone show this; NaN for a text that is none. Of an hour that there is
// twice, the first; in one that is skipped, the time as it would have been.
export function instant(wall) {
  const wanted = Date.parse(`${wall}Z`);
  if (Number.isNaN(wanted)) return NaN;
  const offset = (moment_) => Date.parse(`${wallTime(moment_)}Z`) - moment_;
  const [before, after] = [wanted - offset(wanted - DAY), wanted - offset(wanted + DAY)];
  const right = [before, after].filter((each) => wallTime(each) === wall.slice(0, 16));
  return right.length ? Math.min(...right) : before;
}
