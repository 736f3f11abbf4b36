import type { ActionKind } from "../names/action-name.ts";
import type { Entry, Side } from "./side.ts";
import type { EntryDiff, TraceDiff } from "./trace-diff.ts";

type Entries = Omit<TraceDiff, "settings" | "causes">;

/** Kinds whose outputs differ from run to run: they have times in them. */
const variable: ReadonlySet<ActionKind> = new Set([
  "test output",
  "test inputs",
  "coverage",
  "compiler",
] as const);

/** What became of each entry. */
export function compareEntries(before: Side, after: Side): Entries {
  const [changed, added, removed]: [EntryDiff[], EntryDiff[], EntryDiff[]] = [[], [], []];
  for (const name of new Set([...before.named.keys(), ...after.named.keys()])) {
    const [old = [], now = []] = [before.named.get(name), after.named.get(name)];
    const gone = old.filter(({ action }) => !after.entries.has(action));
    const fresh = now.filter(({ action }) => !before.entries.has(action));
    if (old.length === 0) added.push(...fresh.map((entry) => entryDiff(undefined, entry)));
    if (now.length === 0) removed.push(...gone.map((entry) => entryDiff(entry, undefined)));
    // Where a package is built in several ways, the orders of both builds agree.
    for (const [at, entry] of fresh.entries()) {
      const counterpart = gone[at];
      if (counterpart !== undefined) changed.push(entryDiff(counterpart, entry));
    }
  }
  const onlyOne = { added: added.filter(isAskedAlways), removed: removed.filter(isAskedAlways) };
  return {
    changed,
    ...onlyOne,
    ...compareSame(before, after),
    unnamed: unnamed(before, after) + unnamed(after, before),
  };
}

/** Others are asked for only if go needs them: an executable isn't, if the result of its test is cached. */
function isAskedAlways({ kind }: EntryDiff): boolean {
  return kind === "build" || kind === "vet" || kind === "test inputs";
}

function unnamed({ entries }: Side, other: Side): number {
  return [...entries.values()].filter(({ name, action }) => name === undefined && !other.entries.has(action))
    .length;
}

/** The entries that both builds have, with the same action id. */
function compareSame(before: Side, after: Side): Pick<Entries, "lost" | "outputs" | "same" | "found"> {
  const [lost, outputs]: [EntryDiff[], EntryDiff[]] = [[], []];
  let [same, found] = [0, 0];
  for (const [action, now] of after.entries) {
    const old = before.entries.get(action);
    if (old === undefined) continue;
    const isVariable = now.name !== undefined && variable.has(now.name.kind);
    // What the first build put is in the cache only when the second one begins.
    const hadIt = old.outcome === "hit" || (old.outputs.length > 0 && before.started < after.started);
    if (hadIt && now.outcome === "miss") lost.push(entryDiff(old, now));
    else if (
      !isVariable &&
      now.outputs.some((output) => old.outputs.length > 0 && !old.outputs.includes(output))
    )
      outputs.push(entryDiff(old, now));
    else {
      same++;
      if (old.outcome === "miss" && now.outcome === "hit") found++;
    }
  }
  return { lost, outputs, same, found };
}

function entryDiff(before: Entry | undefined, after: Entry | undefined): EntryDiff {
  const name = after?.name ?? before?.name;
  const counted = after ?? before;
  return {
    kind: name?.kind ?? "",
    package: name?.package ?? "",
    file: name?.file ?? "",
    before: before?.action ?? "",
    after: after?.action ?? "",
    outcomeBefore: before?.outcome ?? "",
    outcomeAfter: after?.outcome ?? "",
    time: counted?.time ?? 0,
    bytes: counted?.bytes ?? 0,
  };
}
