import { unquote } from "../names/go/go-text.ts";
import type { Hashed, HashLog } from "../names/go/hash-log.ts";
import { shortID } from "../names/go/ids.ts";

/*
 * Which line of a hash changed. This needs two runs of go with GODEBUG=gocachehash=1: see names/go/hash-log.ts.
 */

/** What differs between what two runs of go hashed. */
export interface HashDiff {
  /** Where it began: hashes with lines that only one run has. */
  readonly changed: readonly HashChange[];
  /** The names of hashes that differ only because outputs of those before do. */
  readonly followed: readonly string[];
  /** The names of hashes that only the second run has. */
  readonly added: readonly string[];
  /** The names of hashes that only the first run has. */
  readonly removed: readonly string[];
  /** How many hashes are the same. */
  readonly same: number;
  /** How many hashes couldn't be told apart from others that were computed at the same time. */
  readonly mixed: number;
}

/** A hash whose own lines changed. */
export interface HashChange {
  /** Such as "build example.com/m/a", "link example.com/m", "index /src/m" or "inputs of the test example.com/m/a". */
  readonly name: string;
  /** The lines that only the first run has, such as `file a.go kRXSxyMyy4HNQRkQqVrx`. */
  readonly before: readonly string[];
  /** The lines that only the second run has. */
  readonly after: readonly string[];
}

/** Compares what two runs of go hashed, by the names of the hashes. */
export function compareHashes(before: HashLog, after: HashLog): HashDiff {
  const [olds, news] = [named(before), named(after)];
  const changed: HashChange[] = [];
  const followed: string[] = [];
  let same = 0;
  for (const [name, hashes] of news) {
    const old = olds.get(name);
    if (old === undefined) continue;
    const kept = hashes.filter(({ id }) => old.some((one) => one.id === id));
    const [left, right] = [old, hashes].map((all) =>
      all.filter((one) => !kept.some(({ id }) => id === one.id)),
    );
    same += kept.length;
    // A package that is built in several ways has several hashes of one name; which belong together isn't known.
    if (left?.length === 0 || right?.length === 0 || left === undefined || right === undefined) continue;
    const lines = { before: onlyIn(left, right), after: onlyIn(right, left) };
    if (lines.before.length + lines.after.length > 0) changed.push({ name, ...lines });
    else followed.push(name);
  }
  return {
    changed,
    followed,
    added: missing(news, olds, before),
    removed: missing(olds, news, after),
    same,
    mixed: [before, after].flatMap(({ mixed }) => [...mixed.values()]).reduce((sum, count) => sum + count, 0),
  };
}

/** Whether two runs hashed the same, as far as it could be told. */
export function isSameHashes({ changed, followed, added, removed }: HashDiff): boolean {
  return [changed, followed, added, removed].every((list) => list.length === 0);
}

/** The names that others don't have, and couldn't have among the hashes that mixed. */
function missing(some: ByName, others: ByName, { mixed }: HashLog): string[] {
  return [...some]
    .filter(([name, [first]]) => !others.has(name) && !mixed.has(first?.hash ?? ""))
    .map(([name]) => name);
}

type ByName = ReadonlyMap<string, readonly NamedHash[]>;

interface NamedHash {
  /** As go names it. */
  readonly hash: string;
  readonly id: string;
  readonly lines: readonly string[];
}

/** The lines of some hashes that others don't have, whatever the outputs of other actions are. */
function onlyIn(some: readonly NamedHash[], others: readonly NamedHash[]): string[] {
  const known = new Set(others.flatMap(({ lines }) => lines.map(withoutOutputs)));
  return [...new Set(some.flatMap(({ lines }) => lines))].filter((line) => !known.has(withoutOutputs(line)));
}

const ofOutput =
  /^((?:import|packagefile|packageshlib) [^\s="]+[ =]|vetout "[^"]+" |packagemain |pgofile |pkg |test binary )(?:"(?:[^"\\]|\\.)*"|\S+)/;

/** A line without the id of what another action made. */
function withoutOutputs(line: string): string {
  return line.replace(ofOutput, "$1");
}

/** The lines of what was hashed. Those that go packs into one, about modules and flags, are taken apart. */
function linesOf({ inputs }: Hashed): string[] {
  const all = inputs.flatMap((input) => {
    const packed = /^modinfo (".*")\n$/.exec(input)?.[1];
    if (packed === undefined) return input.split("\n");
    const parts = unquote(packed).toString().split("\n");
    return parts.map((part) => part && `modinfo ${part.replaceAll("\t", " ").trim()}`);
  });
  return all.filter((line) => line !== "");
}

function named(log: HashLog): ByName {
  const names = new NameOfHash(log);
  const found = [...log.ids].flatMap(([id, hashed]) => {
    const name = names.of(id, hashed);
    return name === undefined ? [] : [{ name, hash: hashed.name, id, lines: linesOf(hashed) }];
  });
  return Map.groupBy(found, ({ name }) => name);
}

class NameOfHash {
  /** The test packages, by the short id of their link. */
  readonly #tests = new Map<string, string>();
  /** The test packages, by the hash of what they read. */
  readonly #inputs = new Map<string, string>();

  constructor({ ids }: HashLog) {
    for (const [id, { name }] of ids) {
      const path = /^link (.+)\.test$/.exec(name)?.[1];
      if (path !== undefined) this.#tests.set(shortID(id), path);
    }
    for (const { name, parent } of ids.values()) {
      const read = /^inputs:([0-9a-f]{64})$/.exec(name)?.[1];
      const test = read === undefined || parent === undefined ? undefined : this.#testOf(ids.get(parent));
      if (read !== undefined && test !== undefined) this.#inputs.set(read, test);
    }
  }

  #testOf(result: Hashed | undefined): string | undefined {
    return this.#tests.get(/^test binary (\S+)/.exec(result?.inputs[1] ?? "")?.[1] ?? "");
  }

  /** @returns undefined for a subkey, and for a hash that is only a part of another one */
  of(id: string, hashed: Hashed): string | undefined {
    const [kind = ""] = hashed.name.split(" ", 1);
    if (hashed.parent !== undefined) return undefined;
    if (["build", "link", "vet", "preprocess", "gccCompilerID"].includes(kind)) return hashed.name;
    const directory = /^(?:package|module index) \S+ go index v\d+ (.+)$/m.exec(hashed.inputs.join(""))?.[1];
    if (kind === "moduleIndex") return directory && `index ${directory}`;
    const test = kind === "testResult" ? this.#testOf(hashed) : this.#inputs.get(id);
    if (test === undefined) return undefined;
    return kind === "testResult" ? `result of the test ${test}` : `inputs of the test ${test}`;
  }
}
