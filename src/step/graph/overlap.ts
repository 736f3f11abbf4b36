import { ArgumentError } from "../../errors.ts";
import { expandBraces, tokens } from "../../files/braces.ts";
import { isPossible, Matcher, type Place } from "../../files/matcher.ts";
import { exclusion } from "../declared-pattern.ts";

/** A step, and what it owns. */
export interface Owner {
  readonly id: string;
  /** The directory of the step relative to the project's root, with `/`; "" is the root. */
  readonly directory: string;
  readonly outputs: readonly string[];
}

/** How often a name is compared with a part of a pattern, at most. Patterns that need more aren't those of a build. */
const most = 100_000;

/**
 * A file that would be an output of both steps, relative to the project's root; undefined if none is found. A file that is
 * returned does match both: patterns that merely look alike, or exclude each other's files, don't count.
 */
export function sharedOutput(one: Owner, other: Owner): string | undefined {
  if (isWithin(other.directory, one.directory)) return shared(one, other);
  return isWithin(one.directory, other.directory) ? shared(other, one) : undefined;
}

/** The error for two steps that own a file. */
export function collision(one: Owner, other: Owner, path: string): ArgumentError {
  const [name, otherName] = [one, other].map(({ id }) => id.replace(/^:/, ""));
  return new ArgumentError(
    `steps ${name} and ${otherName} both have ${JSON.stringify(path)} among their outputs, and each would remove the other's files; expected outputs of their own`,
  );
}

function isWithin(directory: string, around: string): boolean {
  return around === "" || directory === around || directory.startsWith(`${around}/`);
}

/** @param inner the step whose directory is that of `outer`, or in it */
function shared(outer: Owner, inner: Owner): string | undefined {
  const below = namesOf(inner.directory.slice(outer.directory.length));
  const [outers, inners] = [including(outer.outputs, []), including(inner.outputs, below)];
  // Most pairs have different names at the start.
  if (!outers.some((names) => inners.some((others) => mayMeet(names, others)))) return undefined;
  const [outerMatcher, innerMatcher] = [new Matcher(outer.outputs), new Matcher(inner.outputs)];
  let start = outerMatcher.start(0);
  for (const name of below) start = outerMatcher.match(start, name, true).within;
  const names = candidates(outers.flat(), inners.flat());
  const found = meet([outerMatcher, innerMatcher], [start, innerMatcher.start(0)], names);
  return found && [...namesOf(inner.directory), ...found].join("/");
}

function namesOf(path: string): string[] {
  return path.split("/").filter((name) => name !== "");
}

/** The names of each pattern that includes. @param below those of the folders before it */
function including(patterns: readonly string[], below: readonly string[]): string[][] {
  return patterns
    .filter((pattern) => !exclusion.test(pattern))
    .flatMap((pattern) => expandBraces(pattern))
    .map((pattern) => [...below, ...namesOf(pattern).filter((name) => name !== ".")]);
}

/** Whether two patterns are the same up to the first wildcard of either, or to the end of one, which may be a folder. */
function mayMeet(names: readonly string[], others: readonly string[]): boolean {
  for (const [at, name] of names.entries()) {
    const other = others[at];
    if (other === undefined || isWild(name) || isWild(other)) return true;
    if (name !== other) return false;
  }
  return true;
}

function isWild(name: string): boolean {
  return /[*?[{\\!+@]/.test(name);
}

/** Names to try: those of the patterns, with something in place of their wildcards. */
function candidates(ones: readonly string[], others: readonly string[]): readonly string[] {
  const wild = (names: readonly string[]) => [...new Set(names.filter(isWild))].slice(0, 20);
  const mixed = wild(ones).flatMap((one) =>
    wild(others).flatMap((other) => [sample(one, sample(other)), sample(other, sample(one))]),
  );
  const plain = [...ones, ...others].map((name) => sample(name));
  return [...new Set(["any", ...plain, ...mixed])].filter((name) => name !== "").slice(0, 1_000);
}

/** A name that a pattern of one matches, as far as it's simple. @param star what `*` stands for */
function sample(name: string, star = "x"): string {
  return tokens(name)
    .map((token) => {
      if (/^\*/.test(token)) return token.length > 1 ? firstChoice(token) : star;
      if (token === "?") return "x";
      if (token.length > 2 && token.startsWith("[")) return token[1] ?? "";
      if (token.length > 2 && token.startsWith("{")) return /-?\w+/.exec(token)?.[0] ?? "";
      if (token.length === 2 && token.startsWith("\\")) return token.slice(1);
      return token.length > 2 ? firstChoice(token) : token;
    })
    .join("");
}

/** The first alternative of `@(a|b)` and its like. */
function firstChoice(group: string): string {
  return group.slice(2, -1).split("|", 1)[0] ?? "";
}

type Pair<T> = readonly [T, T];

/** Looks for a file that both match, folder by folder. */
function meet(
  [one, other]: Pair<Matcher>,
  start: Pair<Place>,
  names: readonly string[],
): readonly string[] | undefined {
  const open: { readonly places: Pair<Place>; readonly path: readonly string[] }[] = [
    { places: start, path: [] },
  ];
  const seen = new Set<string>();
  let compared = 0;
  for (const { places, path } of open) {
    if (!places.every(isPossible)) continue;
    const [place, otherPlace] = places;
    for (const name of names) {
      compared += place.size + otherPlace.size;
      if (compared > most) return undefined;
      const isShared =
        one.match(place, name, false).matched.length > 0 &&
        other.match(otherPlace, name, false).matched.length > 0;
      if (isShared) return [...path, name];
      const within = [
        one.match(place, name, true).within,
        other.match(otherPlace, name, true).within,
      ] as const;
      const mark = markOf(within);
      if (seen.has(mark)) continue;
      seen.add(mark);
      open.push({ places: within, path: [...path, name] });
    }
  }
  return undefined;
}

const numbers = new WeakMap<object, number>();
let last = 0;

/** Equal for equal places. */
function markOf(places: Pair<Place>): string {
  const numberOf = (step: object) => {
    const number = numbers.get(step) ?? ++last;
    numbers.set(step, number);
    return number;
  };
  return places.map((place) => [...place].map(numberOf).join()).join(";");
}
