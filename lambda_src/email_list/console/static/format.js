// Numbers and moments as people read them.

const LANGUAGE = "en";
const DAY = 24 * 60 * 60 * 1000;

const whole = new Intl.NumberFormat(LANGUAGE);
const date = new Intl.DateTimeFormat(LANGUAGE, { day: "numeric", month: "short", year: "numeric" });
const shortDate = new Intl.DateTimeFormat(LANGUAGE, { day: "numeric", month: "short", timeZone: "UTC" });
const moment = new Intl.DateTimeFormat(LANGUAGE, {
  day: "numeric",
  month: "short",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});
const time = new Intl.DateTimeFormat(LANGUAGE, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const relative = new Intl.RelativeTimeFormat(LANGUAGE, { numeric: "auto" });

export const number = (value) => whole.format(value ?? 0);

// "1 campaign", "2 campaigns"; the plural is regular unless it is given.
export const counted = (count, one, many = `${one}s`) => `${number(count)} ${count === 1 ? one : many}`;

export const people = (count) => counted(count, "person", "people");

export function percent(part, total, digits = 1) {
  return total ? `${((100 * part) / total).toFixed(digits)}\u00a0%` : "–";
}

export const day = (iso) => (iso ? date.format(new Date(iso)) : "–");

// A calendar day of the API, "2026-11-24", which is one in UTC.
export const calendarDay = (iso) => shortDate.format(new Date(`${iso}T00:00:00Z`));

export const at = (iso) => (iso ? moment.format(new Date(iso)) : "–");

// "today, 14:05", "yesterday, 09:30", or the whole date.
export function when(iso) {
  if (!iso) return "–";
  const then = new Date(iso);
  const days = Math.round((midnight(then) - midnight(new Date())) / DAY);
  return Math.abs(days) <= 1 ? `${relative.format(days, "day")}, ${time.format(then)}` : at(iso);
}

function midnight(moment_) {
  return new Date(moment_).setHours(0, 0, 0, 0);
}

export const timeZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;
