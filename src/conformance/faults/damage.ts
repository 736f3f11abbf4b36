import { readFileSync, statSync } from "node:fs";
import type { Hit } from "../../server/handlers.ts";
import type { DiskStore } from "../../server/store/disk-store.ts";
import { parseEntry } from "../../server/store/entry.ts";
import { outputOf } from "../conversation/entry.ts";
import { type Fault, serveWith } from "../fault.ts";
import { collect, entryOf, placeOf } from "./bodies.ts";

/** Programs that do not see that what they have stored was damaged. */
export const damageFaults: readonly Fault[] = [
  {
    name: "trusts-index",
    description: "A hit is answered from the index; nobody looks whether the file is there.",
    fails: ["damage/removed", "damage/cut", "damage/flipped", "damage/removed-while-running"],
    go: "wrong result",
    run: (store) => serveWith(store, { get: ({ actionID }) => indexed(store, actionID) }),
  },
  {
    name: "answers-from-memory",
    description: "What a process has found once it answers from memory, without another look.",
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
    description: "A hit is answered where the file has the right size.",
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
    description: "A hit has the size that the file has now.",
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
    description: "A get whose file is damaged is answered with Err.",
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
    description: "A body is not stored where a file of its size is there already, whatever is in that.",
    fails: ["damage/repaired"],
    go: "rebuilds",
    run: (store) =>
      serveWith(store, {
        async put(request) {
          const diskPath = placeOf(store, request.outputID);
          if (sizeOf(diskPath) !== request.size) return store.put(request);
          const isSound = Buffer.compare(outputOf(readFileSync(diskPath)), request.outputID) === 0;
          if (isSound) return store.put(request);
          await collect(request.body);
          return { diskPath };
        },
      }),
  },
];

/** What the index of a store says of an action. */
function indexed(store: DiskStore, actionID: Uint8Array): Hit | null {
  let text: string;
  try {
    text = readFileSync(entryOf(store, actionID), "latin1");
  } catch {
    return null;
  }
  const entry = parseEntry(text);
  if (entry === undefined) return null;
  const outputID = Uint8Array.fromHex(entry.outputID);
  const time = Temporal.Instant.fromEpochMilliseconds(entry.time);
  return { outputID, size: entry.size, time, diskPath: placeOf(store, outputID) };
}

function sizeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.size;
}
