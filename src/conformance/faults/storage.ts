import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { PutRequest, Stored } from "../../server/handlers.ts";
import type { DiskStore } from "../../server/store/disk-store.ts";
import { type Fault, serveWith } from "../fault.ts";
import { collect, withBody } from "./bodies.ts";
import { changedInput, forever } from "./input.ts";

/** Programs that fail on a full disk. */
export const storageFaults: readonly Fault[] = [
  {
    name: "hangs-on-full-disk",
    description: "A body that can't be written blocks the program, which stops reading stdin.",
    fails: ["storage/full"],
    go: "hang",
    run(store) {
      let isStuck = false;
      const input = changedInput((piece) => (isStuck ? forever() : piece));
      const put = tried(store, () => {
        isStuck = true;
        return forever();
      });
      return serveWith(store, { put }, { input });
    },
  },
  {
    name: "exits-on-full-disk",
    description: "The program exits if a body can't be written.",
    fails: ["storage/full"],
    go: "fatal",
    run: (store) => serveWith(store, { put: tried(store, () => process.exit(1)) }),
  },
  {
    name: "cuts-on-full-disk",
    description: "The response to a put of a body that can't be written names an incomplete file.",
    fails: ["storage/full"],
    go: "nothing",
    run: (store) => serveWith(store, { put: tried(store, async (diskPath) => ({ diskPath })) }),
  },
];

/** Returns a handler for put. If a body can't be written, `fails` gets the path and returns the result instead. */
function tried(store: DiskStore, fails: (path: string) => Promise<Stored>) {
  return async (request: PutRequest): Promise<Stored> => {
    const bytes = await collect(request.body);
    const probe = join(store.directory, `probe-${crypto.randomUUID()}`);
    try {
      writeFileSync(probe, bytes);
    } catch {
      return fails(probe);
    }
    rmSync(probe);
    return store.put(withBody(request, bytes));
  };
}
