import { readArgument } from "../argument.ts";
import { ArgumentError } from "../errors.ts";
import { describe } from "../text.ts";
import { closed, type Path, parsePattern, type Step } from "./pattern.ts";

/** Where the patterns stand in a folder: the steps that its names are compared with. */
export type Place = ReadonlySet<Step>;

/** What the patterns say of a name in a folder. */
export interface Verdict {
  /** The patterns that match it, by index. Empty if it's excluded. */
  readonly matched: readonly number[];
  /** Where the patterns stand within it, if it's a folder. Empty if nothing within can match. */
  readonly within: Place;
}

const nowhere: Place = new Set();
const excluded: Verdict = { matched: [], within: nowhere };

/** Compares the names of a tree with patterns, from folder to folder. */
export class Matcher {
  /** The patterns as they were given. */
  readonly patterns: readonly string[];
  /** The most `..` at the start of a pattern. */
  readonly highest: number;
  readonly #paths: readonly Path[];

  /** @throws {ArgumentError} for a pattern that can't be read, or if all of them exclude */
  constructor(globs: string | readonly string[]) {
    this.patterns = readArgument("the patterns of the file set", () => listOf(globs));
    this.#paths = this.patterns.flatMap(parsePattern);
    const including = this.#paths.filter(({ start }) => !start.excludes);
    if (including.length === 0 && this.#paths.length > 0)
      throw new ArgumentError(
        'every pattern of the file set excludes; expected another, such as "." for everything',
      );
    this.highest = Math.max(0, ...this.#paths.map(({ up }) => up));
  }

  /** The patterns that include, by index. */
  including(): readonly number[] {
    const including = this.#paths.filter(({ start }) => !start.excludes);
    return [...new Set(including.map(({ start }) => start.pattern))];
  }

  /** Where the patterns start that begin with this many `..`. An exclusion that begins with `**` starts everywhere. */
  start(up: number): Place {
    const here = this.#paths.filter(
      (path) => path.up === up || (path.start.excludes && path.start.isDeep && path.up === 0),
    );
    return new Set(here.flatMap(({ start }) => reached(start)));
  }

  match(place: Place, name: string, isFolder: boolean): Verdict {
    const matched: number[] = [];
    for (const step of place) {
      if (step.next !== undefined || !stepMatches(step, name)) continue;
      if (!step.excludes) matched.push(step.pattern);
      // An exclusion covers a folder if it names the folder, or everything in the folder around it.
      else if (!isFolder || step.isDeep || step.inside !== undefined) return excluded;
    }
    if (!isFolder) return { matched, within: nowhere };
    const within = this.enter(place, name);
    return { matched, within: isPossible(within) ? within : nowhere };
  }

  /** Where the patterns stand in a folder that is entered in any case. */
  enter(place: Place, folder: string): Place {
    const within = new Set<Step>();
    for (const step of place) {
      if (!stepMatches(step, folder)) continue;
      const follower = step.isDeep ? step : (step.next ?? step.inside);
      if (follower !== undefined) for (const one of reached(follower)) within.add(one);
    }
    return within;
  }
}

/** Whether anything can match where the patterns stand here: nothing can, for one, within a folder that `!gen/**` covers. */
export function isPossible(place: Place): boolean {
  let includes = false;
  for (const step of place) {
    if (!step.excludes) includes = true;
    else if (step.isDeep && step.next === undefined) return false;
  }
  return includes;
}

function listOf(globs: string | readonly string[]): readonly string[] {
  if (typeof globs === "string") return [globs];
  // Array.from turns holes into undefined, which parsePattern refuses.
  if (Array.isArray(globs)) return Array.from(globs);
  throw new ArgumentError(
    `the patterns of the file set are ${describe(globs)}; expected text, or an array of it`,
  );
}

/** A step, and those after it that can match the same name. */
function reached(step: Step): readonly Step[] {
  return step.isDeep && step.next !== undefined ? [step, ...reached(step.next)] : [step];
}

function stepMatches(step: Step, name: string): boolean {
  if (step.name === undefined && !step.excludes && isReserved(name, step.opened)) return false;
  return step.matches(name);
}

/** Whether a wildcard must not match a name: that of secrets, or of a folder that is rarely meant. */
function isReserved(name: string, opened: ReadonlySet<string>): boolean {
  if (name === "node_modules") return !opened.has(name);
  if (!name.startsWith(".")) return false;
  const lower = name.toLowerCase();
  return closed.has(lower) ? !opened.has(lower) : lower === ".env" || lower.startsWith(".env.");
}
