import { defaultLimits, type Limits } from "../../server/store/trim/limits.ts";
import type { Input, Option } from "../command.ts";
import { UsageError } from "../failure.ts";

/** The options of every command that keeps a store within limits. */
export const limitOptions = {
  "max-size": { value: "SIZE", help: "keep at most SIZE on disk, such as 500MiB or none (default: 10GiB)" },
  "max-age": { value: "AGE", help: "keep what was used within AGE, such as 12h or none (default: 30d)" },
} as const satisfies Record<string, Option>;

/** What the help says about limits: a paragraph. */
export const limitHelp = `
What is above a limit is removed, least recently used first. A store above SIZE is cut to 90 % of it. What was put or
used in the last 24 hours stays, whatever the limits say: a running build may depend on it. SIZE is a number of bytes, or
one with kB, MB, GB, TB, KiB, MiB, GiB or TiB. AGE is a number with m, h, d or w.
`;

const units: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
  tib: 1024 ** 4,
};

const seconds: Readonly<Record<string, number>> = { m: 60, h: 3600, d: 24 * 3600, w: 7 * 24 * 3600 };

/** The limits that the options give, or else the default. @throws {UsageError} for one that isn't of its form */
export function parseLimits(options: Input["options"]): Limits {
  const size = options.get("max-size");
  const age = options.get("max-age");
  return {
    maxSize: size === undefined ? defaultLimits.maxSize : parseSize(size),
    maxAge: age === undefined ? defaultLimits.maxAge : parseAge(age),
  };
}

/** In bytes. */
function parseSize(text: string): number {
  const value = parse(text, units);
  if (value !== undefined && value >= 1) return Math.floor(value);
  const expected = "a size above 0, such as 10GiB, 500MB or 1048576 (bytes), or none";
  throw new UsageError(`option --max-size is ${JSON.stringify(text)}; expected ${expected}`);
}

/** In seconds. */
function parseAge(text: string): number {
  const value = parse(text, seconds);
  if (value !== undefined && value >= 1) return Math.floor(value);
  const expected = "an age above 0, such as 90m, 12h, 30d or 4w, or none";
  throw new UsageError(`option --max-age is ${JSON.stringify(text)}; expected ${expected}`);
}

/** A number and a unit, in any case; Infinity for none. */
function parse(text: string, factors: Readonly<Record<string, number>>): number | undefined {
  if (text.toLowerCase() === "none") return Number.POSITIVE_INFINITY;
  const [, number, unit = ""] = /^(\d+(?:\.\d+)?) ?([a-z]*)$/i.exec(text) ?? [];
  const factor = Object.hasOwn(factors, unit.toLowerCase()) ? factors[unit.toLowerCase()] : undefined;
  const value = Number(number) * (factor ?? Number.NaN);
  return value <= Number.MAX_SAFE_INTEGER ? value : undefined;
}
