import { ArgumentError } from "../../errors.ts";
import { expandBraces, tokens } from "../../files/braces.ts";
import { isPossible, Matcher, type Place } from "../../files/matcher.ts";
import { exclusion } from "../declared-pattern.ts";

/** What one step owns, made once and compared often. */
export class Claim {
  readonly id: string;
  /** The directory of the step relative to the project's root, with `/`; "" is the root. */
  readonly directory: string;
  /** The names of each pattern that includes. */
  readonly including: readonly (readonly Name[])[];
  readonly #outputs: readonly string[];
  #matcher: Matcher | undefined;

  constructor(id: string, outputs: readonly string[]) {
    this.id = id;
    this.directory = id.slice(0, id.lastIndexOf(":"));
    this.#outputs = outputs;
    this.including = outputs
      .filter((pattern) => !exclusion.test(pattern))
      .flatMap((pattern) => expandBraces(pattern))
      .map((pattern) => namesOf(pattern).filter((name) => name !== "."))
      .map((names) => names.map(readName));
  }

  get matcher(): Matcher {
    this.#matcher ??= new Matcher(this.#outputs);
    return this.#matcher;
  }
}

/** A name in a pattern. */
interface Name {
  readonly text: string;
  readonly isWild: boolean;
  readonly isDeep: boolean;
  /** What it begins with and ends with, as far as that's plain. */
  readonly start: string;
  readonly end: string;
}

function readName(text: string): Name {
  const isWild = /[*?[{\\!+@]/.test(text);
  const [start = ""] = /^[^*?[{\\!+@]*/.exec(text) ?? [];
  const [end = ""] = /[^*?\]}\\)]*$/.exec(text) ?? [];
  return { text, isWild, isDeep: text === "**", start, end };
}

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

/** The error for two steps that own a file. */
export function collision(one: Claim, other: Claim, path: string): ArgumentError {
  const [name, otherName] = [one, other].map(({ id }) => id.replace(/^:/, ""));
  return new ArgumentError(
    `steps ${name} and ${otherName} both have ${JSON.stringify(path)} among their outputs, and each would remove the other's files; expected outputs of their own`,
  );
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

function namesOf(path: string): string[] {
  return path.split("/").filter((name) => name !== "");
}

/** Whether two patterns may match one file, as far as single names say. The end of a plain one may be a folder. */
function mayMeet(names: readonly Name[], others: readonly Name[]): boolean {
  for (const [at, name] of names.entries()) {
    const other = others[at];
    if (other === undefined || name.isDeep || other.isDeep) break;
    if (!mayBeSame(name, other)) return false;
  }
  const [last, otherLast] = [names.at(-1), others.at(-1)];
  const areFiles = last?.isWild && otherLast?.isWild && !last.isDeep && !otherLast.isDeep;
  return !areFiles || mayBeSame(last, otherLast);
}

function mayBeSame(one: Name, other: Name): boolean {
  if (!one.isWild && !other.isWild) return one.text === other.text;
  return (
    (one.start.startsWith(other.start) || other.start.startsWith(one.start)) &&
    (one.end.endsWith(other.end) || other.end.endsWith(one.end))
  );
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
