const [dash, colon, point, comma, plus, letterT, letterZ] = [0x2d, 0x3a, 0x2e, 0x2c, 0x2b, 0x54, 0x5a];

/** The value of a byte that isn't a digit: any sum with it is negative. */
const noDigit = -1e6;

const daysInMonth = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Days from 1 March of the year 0 to 1 January 1970, plus one. */
const epochDay = 719_469;

/**
 * Parses a time as Go does; undefined if Go refuses it. Go accepts more than RFC 3339: an hour of one digit, a comma in
 * front of the fraction, any number of digits in it (those after the ninth are dropped), and offsets up to 24:60. It
 * accepts less than Temporal: no second 60, no lower case, no missing parts.
 *
 * Every hit has a time, so this reads byte by byte: a regular expression and Temporal.Instant.from take twice as long.
 *
 * Source: time.Time.UnmarshalJSON; parseStrictRFC3339 in time/format_rfc3339.go falls back to time.Parse.
 */
export function parseTime(bytes: Uint8Array, from: number, to: number): Temporal.Instant | undefined {
  const clock = from + (bytes[from + 12] === colon ? 12 : 13);
  const zone = to - (bytes[to - 1] === letterZ ? "Z".length : "+00:00".length);
  if (zone < clock + 6 || bytes[from + 4] !== dash || bytes[from + 7] !== dash) return undefined;
  if (bytes[from + 10] !== letterT || bytes[clock] !== colon || bytes[clock + 3] !== colon) return undefined;
  const year = twoDigits(bytes, from) * 100 + twoDigits(bytes, from + 2);
  const month = twoDigits(bytes, from + 5);
  const day = twoDigits(bytes, from + 8);
  if (year < 0 || !isDay(year, month, day)) return undefined;
  const hour = clock === from + 12 ? digit(bytes, from + 11) : twoDigits(bytes, from + 11);
  const minute = twoDigits(bytes, clock + 1);
  const second = twoDigits(bytes, clock + 4);
  if (!isBetween(hour, 23) || !isBetween(minute, 59) || !isBetween(second, 59)) return undefined;
  const nanoseconds = fraction(bytes, clock + 6, zone);
  const offset = offsetSeconds(bytes, zone, to);
  if (nanoseconds === undefined || offset === undefined) return undefined;
  const seconds = civilSeconds(year, month, day) + hour * 3600 + minute * 60 + second - offset;
  return Temporal.Instant.fromEpochNanoseconds(BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds));
}

/** Parses the fraction of a second, including its point, to nanoseconds; 0 if it's empty. */
function fraction(bytes: Uint8Array, from: number, to: number): number | undefined {
  if (from === to) return 0;
  if ((bytes[from] !== point && bytes[from] !== comma) || from + 1 === to) return undefined;
  let nanoseconds = 0;
  for (let at = from + 1; at < to; at++) {
    const value = digit(bytes, at);
    if (value < 0) return undefined;
    if (at <= from + 9) nanoseconds = nanoseconds * 10 + value;
  }
  for (let at = to; at <= from + 9; at++) nanoseconds *= 10;
  return nanoseconds;
}

function offsetSeconds(bytes: Uint8Array, at: number, to: number): number | undefined {
  const sign = bytes[at];
  if (sign === letterZ) return at + 1 === to ? 0 : undefined;
  if ((sign !== dash && sign !== plus) || bytes[at + 3] !== colon) return undefined;
  const [hours, minutes] = [twoDigits(bytes, at + 1), twoDigits(bytes, at + 4)];
  if (!isBetween(hours, 24) || !isBetween(minutes, 60)) return undefined;
  return (sign === dash ? -1 : 1) * (hours * 3600 + minutes * 60);
}

function twoDigits(bytes: Uint8Array, at: number): number {
  return digit(bytes, at) * 10 + digit(bytes, at + 1);
}

function digit(bytes: Uint8Array, at: number): number {
  const value = (bytes[at] ?? 0) - 0x30;
  return isBetween(value, 9) ? value : noDigit;
}

function isBetween(value: number, most: number): boolean {
  return value >= 0 && value <= most;
}

function isDay(year: number, month: number, day: number): boolean {
  const leap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return day >= 1 && day <= (daysInMonth[month - 1] ?? 0) + (leap ? 1 : 0);
}

/** Seconds from 1970 to the start of a day. Years start in March, so that the leap day comes last. */
function civilSeconds(year: number, month: number, day: number): number {
  const marchYear = month > 2 ? year : year - 1;
  const monthsFromMarch = (month + 9) % 12;
  const leapDays = Math.floor(marchYear / 4) - Math.floor(marchYear / 100) + Math.floor(marchYear / 400);
  const dayOfYear = Math.floor((153 * monthsFromMarch + 2) / 5) + day;
  return (marchYear * 365 + leapDays + dayOfYear - epochDay) * 86_400;
}
