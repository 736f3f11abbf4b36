import { tokens } from "../../files/braces.ts";
import { isPossible, type Matcher, type Place } from "../../files/matcher.ts";
import { type Claim, mayMeet, type Name, namesOf, readName } from "./claim.ts";

/** How often a name is compared with a part of a pattern, at most. Patterns that need more aren't those of a build. */
const most = 100_000;

/**
 * A file that would be an output of both steps, relative to the project's root; undefined if none is found. A file that is
 * returned does match both: patterns that merely look alike, or exclude each other's files, don't count.
 */
export function sharedOutput(one: Claim, other: Claim): string | undefined {
  if (isWithin(other.directory, one.directory)) return shared(one, other);
  return isWithin(one.directory, other.directory) ? shared(other, one) : undefined;
}

function isWithin(directory: string, around: string): boolean {
  return around === "" || directory === around || directory.startsWith(`${around}/`);
}

/** @param inner the step whose directory is that of `outer`, or in it */
function shared(outer: Claim, inner: Claim): string | undefined {
  const below = namesOf(inner.directory.slice(outer.directory.length));
  // Most pairs are told apart by their names alone.
  const folders = below.map(readName);
  const inners = inner.including.map((names) => [...folders, ...names]);
  if (!outer.including.some((names) => inners.some((others) => mayMeet(names, others)))) return undefined;
  let start = outer.matcher.start(0);
  for (const name of below) start = outer.matcher.match(start, name, true).within;
  const textsOf = (names: readonly (readonly Name[])[]) => names.flat().map(({ text }) => text);
  const names = candidates(textsOf(outer.including), textsOf(inners));
  const found = meet([outer.matcher, inner.matcher], [start, inner.matcher.start(0)], names);
  return found && [...namesOf(inner.directory), ...found].join("/");
}

/** Names to try: those of the patterns, with something in place of their wildcards. */
function candidates(ones: readonly string[], others: readonly string[]): readonly string[] {
  const wild = (names: readonly string[]) =>
    [...new Set(names)].filter((name) => readName(name).isWild).slice(0, 20);
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
