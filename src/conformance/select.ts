import { ArgumentError } from "../errors.ts";
import { didYouMean } from "../nearest.ts";
import { catalogue } from "./catalogue.ts";
import type { Check, Requirement } from "./requirement.ts";

/** Which checks to run. A pattern is an id, a group such as `put`, or a glob such as `put/*`. */
export interface Choice {
  /** Patterns of the checks to run. Default: all. */
  readonly only?: readonly string[];
  /** Patterns of the checks to leave out. */
  readonly skip?: readonly string[];
  /** Include slow checks. A check whose own id is in `only` runs in any case. */
  readonly slow?: boolean;
}

/** The selected checks, in the order of the catalogue. Can be passed to {@link run} as part of its options. */
export interface Selection<T extends Requirement = Check> {
  /** The checks to run, in the order of the catalogue. */
  readonly checks: readonly T[];
  /** The checks that only `skip` left out. */
  readonly skipped: readonly T[];
}

/**
 * Selects checks.
 *
 * @throws {ArgumentError} for a pattern that matches nothing, with the id that was probably meant, or if no check is left
 */
export function select(choice?: Choice): Selection;
export function select<T extends Requirement>(choice: Choice, from: readonly T[]): Selection<T>;
export function select(
  choice: Choice = {},
  from: readonly Requirement[] = catalogue,
): Selection<Requirement> {
  const { only = [], skip = [], slow = false } = choice;
  for (const pattern of [...only, ...skip]) {
    if (!from.some((check) => matches(pattern, check))) throw unknown(pattern, from);
  }
  const asked = from.filter((check) => only.length === 0 || only.some((pattern) => matches(pattern, check)));
  const wanted = asked.filter((check) => slow || !check.slow || only.includes(check.id));
  const isSkipped = (check: Requirement) => skip.some((pattern) => matches(pattern, check));
  const checks = wanted.filter((check) => !isSkipped(check));
  if (wanted.length === 0)
    throw new ArgumentError(`${only.join(", ")}: only slow checks match; add --slow to run them`);
  if (checks.length === 0) throw new ArgumentError("every selected check is skipped as well");
  return { checks, skipped: wanted.filter(isSkipped) };
}

/** The group of a check: its id up to the slash. */
export function groupOf({ id }: Requirement): string {
  return id.slice(0, id.indexOf("/"));
}

function matches(pattern: string, check: Requirement): boolean {
  if (pattern === check.id) return true;
  return new Bun.Glob(pattern).match(pattern.includes("/") ? check.id : groupOf(check));
}

function unknown(pattern: string, from: readonly Requirement[]): ArgumentError {
  const names = [...from.map(({ id }) => id), ...new Set(from.map(groupOf))];
  const isGlob = /[*?[\]{}]/.test(pattern);
  const what = isGlob ? "no check matches" : "there is no check";
  const inGroup = names.find((name) => name.endsWith(`/${pattern}`));
  return new ArgumentError(`${what} ${JSON.stringify(pattern)}.${didYouMean(inGroup ?? pattern, names)}`);
}
