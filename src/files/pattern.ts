import { isAbsolute } from "node:path";
import { ArgumentError } from "../errors.ts";
import { checkText, describe } from "../text.ts";
import { expandBraces, tokens } from "./braces.ts";

/** One step of a pattern: what a single name of a path has to be. */
export interface Step {
  /** The pattern's index among those that were given. */
  readonly pattern: number;
  readonly excludes: boolean;
  /** `**`: any number of names. At the end of a pattern, at least one. */
  readonly isDeep: boolean;
  /** The name itself, if the pattern has no wildcard here. */
  readonly name: string | undefined;
  readonly matches: (name: string) => boolean;
  /** Those of {@link closed} that the pattern named before: its wildcards match them from here on. */
  readonly opened: ReadonlySet<string>;
  readonly next: Step | undefined;
  /** What follows a plain name at the end of a pattern, if it's a folder: everything in it. */
  readonly inside: Step | undefined;
}

/** A pattern without braces. */
export interface Path {
  /** How many `..` it starts with. */
  readonly up: number;
  readonly start: Step;
}

/** Names that a wildcard doesn't match, unless its pattern has named them before. */
export const closed: ReadonlySet<string> = new Set([".git", "node_modules"]);

/** The longest pattern, in characters: no path is longer (Linux's PATH_MAX). */
const longest = 4_096;

/**
 * Reads a pattern.
 *
 * @param index the pattern's index among those that were given
 * @throws {ArgumentError} for a pattern that isn't text, is empty or absolute, or has a `..` after a name
 */
export function parsePattern(pattern: unknown, index: number): readonly Path[] {
  if (typeof pattern !== "string" || pattern === "")
    throw new ArgumentError(
      `a pattern of the file set is ${describe(pattern)}; expected one such as "src/**/*.ts"`,
    );
  checkText(pattern, `the pattern ${describe(pattern)}`);
  if (pattern.includes("\0")) throw wrong(pattern, "has a NUL character; no path has one");
  if (pattern.length > longest)
    throw wrong(pattern, `has ${pattern.length} characters; expected at most ${longest}`);
  // Bun.Glob takes `!(` at the start for "anything but".
  const excludes = isNegated(pattern);
  return expandBraces(excludes ? pattern.slice(1) : pattern).map((path) => {
    if (isAbsolute(path))
      throw wrong(pattern, "is absolute; expected a path from cwd, which may start with ..");
    if (path === "") throw wrong(pattern, 'is empty; expected "." for everything in cwd');
    if (isNegated(path)) throw wrong(pattern, 'has a second "!"; expected one, at the start');
    const names = namesOf(path);
    const up = names.findIndex((name) => name !== "..");
    const below = up < 0 ? [] : names.slice(up);
    if (below.includes("..")) throw wrong(pattern, 'has ".." after a name; expected it only at the start');
    // "src/" and "." stand for what's in the folder.
    const isFolder = below.length === 0 || path.endsWith("/");
    const start = firstStep(isFolder ? [...below, "**"] : below, index, excludes);
    return { up: up < 0 ? names.length : up, start };
  });
}

function wrong(pattern: string, what: string): ArgumentError {
  return new ArgumentError(`the pattern ${describe(pattern)} ${what}`);
}

function isNegated(pattern: string): boolean {
  return pattern.startsWith("!") && !pattern.startsWith("!(");
}

/** The names of a path, without empty ones and `.`, and with one `**` for several. */
function namesOf(path: string): readonly string[] {
  const names = [""];
  for (const token of tokens(path)) {
    if (token === "/") names.push("");
    else names.push((names.pop() ?? "") + token);
  }
  const real = names.filter((name) => name !== "" && name !== ".");
  return real.filter((name, at) => name !== "**" || real[at - 1] !== "**");
}

function firstStep(names: readonly string[], pattern: number, excludes: boolean): Step {
  const openedBefore = (at: number) => new Set(names.slice(0, at).filter((name) => closed.has(name)));
  const deep = (at: number, next: Step | undefined): Step => ({
    pattern,
    excludes,
    isDeep: true,
    name: undefined,
    matches: () => true,
    opened: openedBefore(at),
    next,
    inside: undefined,
  });
  const single = (text: string, at: number, next: Step | undefined): Step => {
    const name = plainName(text);
    const inside = name !== undefined && next === undefined ? deep(at + 1, undefined) : undefined;
    const matches = matcherOf(text, name);
    return { pattern, excludes, isDeep: false, name, matches, opened: openedBefore(at), next, inside };
  };
  const first = names.reduceRight<Step | undefined>(
    (next, text, at) => (text === "**" ? deep(at, next) : single(text, at, next)),
    undefined,
  );
  return first ?? deep(0, undefined);
}

/** The name that a part of a pattern stands for; undefined if it has wildcards. */
function plainName(text: string): string | undefined {
  const parts = tokens(text);
  if (parts.some((part) => /^[*?[{]/.test(part) || part.length > 2)) return undefined;
  return parts.map((part) => (part.length === 2 ? part.slice(1) : part)).join("");
}

function matcherOf(text: string, name: string | undefined): (name: string) => boolean {
  if (name !== undefined) return (other) => other === name;
  const glob = new Bun.Glob(isNegated(text) ? `\\${text}` : text);
  return (other) => glob.match(other);
}
