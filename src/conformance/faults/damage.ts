import { readFileSync, statSync } from "node:fs";
import type { Hit } from "../../server/handlers.ts";
import type { DiskStore } from "../../server/store/disk-store.ts";
import { parseEntry } from "../../server/store/entry.ts";
import { outputOf } from "../conversation/new-entry.ts";
import { type Fault, serveWith } from "../fault.ts";
import { bodyPath, collect, entryPath } from "./bodies.ts";

/** Programs that don't notice that a stored file was damaged. */
export const damageFaults: readonly Fault[] = [
  {
    name: "trusts-index",
    description: "A hit comes from the index, without a look at the file.",
    fails: ["damage/removed", "damage/cut", "damage/flipped", "damage/removed-while-running"],
    go: "wrong result",
    run: (store) => serveWith(store, { get: ({ actionID }) => indexed(store, actionID) }),
  },
  {
    name: "answers-from-memory",
    description: "A process keeps its hits in memory, and doesn't look at the files again.",
    fails: ["damage/removed-while-running"],
    go: "nothing",
    run(store) {
      const known = new Map<string, Hit>();
      return serveWith(store, {
        get(request) {
          const action = request.actionID.toHex();
          const hit = known.get(action) ?? store.get(request);
          if (hit !== null) known.set(action, hit);
          return hit;
        },
        put(request) {
          known.delete(request.actionID.toHex());
          return store.put(request);
        },
      });
    },
  },
  {
    name: "trusts-size",
    description: "An entry is a hit if its file has the right size, whatever its content.",
    fails: ["damage/flipped"],
    go: "wrong result",
    run: (store) =>
      serveWith(store, {
        get({ actionID }) {
          const hit = indexed(store, actionID);
          return hit !== null && sizeOf(hit.diskPath) === hit.size ? hit : null;
        },
      }),
  },
  {
    name: "size-of-file",
    description: "The Size of a hit is the current size of the file.",
    fails: ["damage/cut", "damage/flipped"],
    go: "fatal",
    run: (store) =>
      serveWith(store, {
        get({ actionID }) {
          const hit = indexed(store, actionID);
          if (hit === null) return null;
          const size = sizeOf(hit.diskPath);
          return size === undefined ? null : { ...hit, size };
        },
      }),
  },
  {
    name: "damage-is-error",
    description: "A get of a damaged entry gets Err.",
    fails: ["damage/no-error"],
    go: "nothing",
    run: (store) =>
      serveWith(store, {
        get(request) {
          const hit = store.get(request);
          if (hit === null && indexed(store, request.actionID) !== null)
            throw new Error("the file is damaged");
          return hit;
        },
      }),
  },
  {
    name: "keeps-damaged",
    description: "A body isn't stored if its file already exists with the right size, whatever its content.",
    fails: ["damage/repaired"],
    go: "rebuilds",
    run: (store) =>
      serveWith(store, {
        async put(request) {
          const diskPath = bodyPath(store, request.outputID);
          if (sizeOf(diskPath) !== request.size) return store.put(request);
          const isIntact = Buffer.compare(outputOf(readFileSync(diskPath)), request.outputID) === 0;
          if (isIntact) return store.put(request);
          await collect(request.body);
          return { diskPath };
        },
      }),
  },
];

/** The entry of an action in the index of a store. */
function indexed(store: DiskStore, actionID: Uint8Array): Hit | null {
  let text: string;
  try {
    text = readFileSync(entryPath(store, actionID), "latin1");
  } catch {
    return null;
  }
  const entry = parseEntry(text);
  if (entry === undefined) return null;
  const outputID = Uint8Array.fromHex(entry.outputID);
  const time = Temporal.Instant.fromEpochMilliseconds(entry.time);
  return { outputID, size: entry.size, time, diskPath: bodyPath(store, outputID) };
}

function sizeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.size;
}
