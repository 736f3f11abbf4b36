import { ArgumentError } from "../errors.ts";
import { didYouMean } from "../nearest.ts";
import { catalogue } from "./catalogue.ts";
import type { Check } from "./check.ts";

/** Which checks are wanted. A pattern is an id, a group such as `put`, or a glob such as `put/*`. */
export interface Choice {
  /** Patterns of what to run; all unless there are any. */
  readonly only?: readonly string[];
  /** Patterns of what not to run. */
  readonly skip?: readonly string[];
  /** With the checks that take long. One whose id is among `only` is run in any case. */
  readonly slow?: boolean;
}

/** What a choice comes to, in the order of the catalogue. It can be given to {@link run} as it is. */
export interface Selection {
  readonly checks: readonly Check[];
  /** What would be run, had `skip` not taken it out. */
  readonly skipped: readonly Check[];
}

/**
 * Chooses checks.
 *
 * @throws {ArgumentError} for a pattern that matches nothing, with the id that was probably meant, and for a choice
 *   that leaves nothing
 */
export function select(choice: Choice = {}, from: readonly Check[] = catalogue): Selection {
  const { only = [], skip = [], slow = false } = choice;
  for (const pattern of [...only, ...skip]) {
    if (!from.some((check) => matches(pattern, check))) throw unknown(pattern, from);
  }
  const asked = from.filter((check) => only.length === 0 || only.some((pattern) => matches(pattern, check)));
  const wanted = asked.filter((check) => slow || !check.slow || only.includes(check.id));
  const isSkipped = (check: Check) => skip.some((pattern) => matches(pattern, check));
  const checks = wanted.filter((check) => !isSkipped(check));
  if (wanted.length === 0)
    throw new ArgumentError(`${only.join(", ")}: only checks that take long, which --slow runs`);
  if (checks.length === 0) throw new ArgumentError("every check that was asked for is skipped as well");
  return { checks, skipped: wanted.filter(isSkipped) };
}

/** The group of an id: what stands before the slash. */
export function groupOf({ id }: Check): string {
  return id.slice(0, id.indexOf("/"));
}

function matches(pattern: string, check: Check): boolean {
  if (pattern === check.id) return true;
  return new Bun.Glob(pattern).match(pattern.includes("/") ? check.id : groupOf(check));
}

function unknown(pattern: string, from: readonly Check[]): ArgumentError {
  const names = [...from.map(({ id }) => id), ...new Set(from.map(groupOf))];
  const isGlob = /[*?[\]{}]/.test(pattern);
  const what = isGlob ? "no check matches" : "there is no check";
  const inGroup = names.find((name) => name.endsWith(`/${pattern}`));
  return new ArgumentError(`${what} ${JSON.stringify(pattern)}.${didYouMean(inGroup ?? pattern, names)}`);
}
