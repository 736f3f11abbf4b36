import { ArgumentError } from "../../errors.ts";
import { expandBraces } from "../../files/braces.ts";
import { Matcher } from "../../files/matcher.ts";
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
export interface Name {
  readonly text: string;
  readonly isWild: boolean;
  readonly isDeep: boolean;
  /** What it begins with and ends with, as far as that's plain. */
  readonly start: string;
  readonly end: string;
}

/** Reads a name in a pattern. */
export function readName(text: string): Name {
  const isWild = /[*?[{\\!+@]/.test(text);
  const [start = ""] = /^[^*?[{\\!+@]*/.exec(text) ?? [];
  const [end = ""] = /[^*?\]}\\)]*$/.exec(text) ?? [];
  return { text, isWild, isDeep: text === "**", start, end };
}

/** The error for two steps that own a file. */
export function collision(one: Claim, other: Claim, path: string): ArgumentError {
  const [name, otherName] = [one, other].map(({ id }) => id.replace(/^:/, ""));
  return new ArgumentError(
    `steps ${name} and ${otherName} both have ${JSON.stringify(path)} among their outputs, and each would remove the other's files; expected outputs of their own`,
  );
}

/** The names of a path. */
export function namesOf(path: string): string[] {
  return path.split("/").filter((name) => name !== "");
}

/** Whether two patterns may match one file, as far as single names say. The end of a plain one may be a folder. */
export function mayMeet(names: readonly Name[], others: readonly Name[]): boolean {
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
