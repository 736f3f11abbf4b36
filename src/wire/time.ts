const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d?:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:\d\d)$/;

const daysInMonth = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** The days from the first of March of the year 0 to 1970, and one. */
const epochDay = 719_469;

/**
 * The instant of a time as Go reads it, or undefined where Go refuses it. Go is wider than RFC 3339 here: the hour may
 * have one digit, the fraction a comma and any number of digits (those past the ninth are dropped), and the offset goes
 * up to 24:60. It is narrower than Temporal: no second 60, no lower case, nothing left out.
 *
 * Source: time.Time.UnmarshalJSON; parseStrictRFC3339 in time/format_rfc3339.go falls back to time.Parse.
 */
export function parseTime(text: string): Temporal.Instant | undefined {
  if (!rfc3339.test(text)) return undefined;
  const clock = text[12] === ":" ? 12 : 13;
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2);
  const month = twoDigits(text, 5);
  const day = twoDigits(text, 8);
  const hour = clock === 12 ? text.charCodeAt(11) - 0x30 : twoDigits(text, 11);
  const minute = twoDigits(text, clock + 1);
  const second = twoDigits(text, clock + 4);
  if (!isDay(year, month, day) || hour > 23 || minute > 59 || second > 59) return undefined;
  const zone = text.length - (text.endsWith("Z") ? "Z".length : "+00:00".length);
  const offset = offsetSeconds(text, zone);
  if (offset === undefined) return undefined;
  const seconds = civilSeconds(year, month, day) + hour * 3600 + minute * 60 + second - offset;
  const nanoseconds = BigInt(seconds) * 1_000_000_000n + BigInt(fraction(text, clock + 7, zone));
  return Temporal.Instant.fromEpochNanoseconds(nanoseconds);
}

/** The nanoseconds of a fraction of a second whose digits stand from one place to another. */
function fraction(text: string, from: number, to: number): number {
  let nanoseconds = 0;
  for (let at = from; at < from + 9; at++) {
    nanoseconds = nanoseconds * 10 + (at < to ? text.charCodeAt(at) - 0x30 : 0);
  }
  return nanoseconds;
}

function offsetSeconds(text: string, at: number): number | undefined {
  if (text[at] === "Z") return 0;
  const [hours, minutes] = [twoDigits(text, at + 1), twoDigits(text, at + 4)];
  if (hours > 24 || minutes > 60) return undefined;
  return (text[at] === "-" ? -1 : 1) * (hours * 3600 + minutes * 60);
}

function twoDigits(text: string, at: number): number {
  return (text.charCodeAt(at) - 0x30) * 10 + text.charCodeAt(at + 1) - 0x30;
}

function isDay(year: number, month: number, day: number): boolean {
  const leap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return day >= 1 && day <= (daysInMonth[month - 1] ?? 0) + (leap ? 1 : 0);
}

/** Seconds from 1970 to the start of a day. The year is counted from March, so that a leap day is its last. */
function civilSeconds(year: number, month: number, day: number): number {
  const marchYear = month > 2 ? year : year - 1;
  const monthsFromMarch = (month + 9) % 12;
  const leapDays = Math.floor(marchYear / 4) - Math.floor(marchYear / 100) + Math.floor(marchYear / 400);
  const dayOfYear = Math.floor((153 * monthsFromMarch + 2) / 5) + day;
  return (marchYear * 365 + leapDays + dayOfYear - epochDay) * 86_400;
}
