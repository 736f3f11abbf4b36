import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Handlers } from "../../server/handlers.ts";
import type { DiskStore } from "../../server/store/disk-store.ts";
import { outputOf } from "../conversation/new-entry.ts";
import { type Fault, serveWith } from "../fault.ts";
import { collect, withBody } from "./bodies.ts";

/** Programs with a faulty second tier. */
export const sharedFaults: readonly Fault[] = [
  {
    name: "shared-never-read",
    description: "A get that reads the second tier gets Err.",
    shared: true,
    fails: ["shared/found", "damage/no-error"],
    go: "rebuilds",
    run: (store) =>
      serveWith(store, {
        ...tiers(store, () => {
          throw new Error("the decoder was given no window size");
        }),
      }),
  },
  {
    name: "shared-cut",
    description: "A body from the second tier is cut to 64,000 bytes.",
    shared: true,
    fails: ["shared/content"],
    go: "fatal",
    run: (store) =>
      serveWith(
        store,
        tiers(store, (body) => body.subarray(0, 64_000)),
      ),
  },
  {
    name: "shared-required",
    description: "The program doesn't start without the second tier.",
    shared: true,
    fails: ["shared/unreachable"],
    go: "fatal",
    async run(store) {
      mkdirSync(secondTier() ?? store.directory, { recursive: true });
      await serveWith(store, tiers(store));
    },
  },
];

/** The directory that all machines share; undefined if the environment names none. */
function secondTier(): string | undefined {
  return process.env.SHARED_STORE;
}

/**
 * Handlers of a store with a second tier, if the environment names one: each put goes to both, and a get that misses
 * the store reads the second tier. `change` gets each body from there. Errors of the second tier are ignored.
 */
export function tiers(
  store: DiskStore,
  change = (body: Uint8Array) => body,
): Required<Pick<Handlers, "get" | "put">> {
  return {
    async get(request) {
      const hit = store.get(request);
      const entry = hit === null ? load(request.actionID) : undefined;
      if (entry === undefined) return hit;
      const body = change(entry);
      const put = {
        ...request,
        outputID: outputOf(body),
        size: body.length,
        body: { read: () => null, async *[Symbol.asyncIterator]() {} },
      };
      try {
        await store.put(withBody(put, body));
      } catch {
        return null; // something else has its path, or the disk is full
      }
      return store.get(request);
    },
    async put(request) {
      const body = await collect(request.body);
      const stored = await store.put(withBody(request, body));
      save(request.actionID, body);
      return stored;
    },
  };
}

function load(actionID: Uint8Array): Uint8Array | undefined {
  const directory = secondTier();
  if (directory === undefined) return undefined;
  try {
    return readFileSync(join(directory, actionID.toHex()));
  } catch {
    return undefined;
  }
}

function save(actionID: Uint8Array, body: Uint8Array): void {
  const directory = secondTier();
  if (directory === undefined) return;
  const path = join(directory, actionID.toHex());
  try {
    const temporary = `${path}-${crypto.randomUUID()}`;
    writeFileSync(temporary, body);
    renameSync(temporary, path);
  } catch {
    // The second tier can't be reached, or is full.
  }
}
