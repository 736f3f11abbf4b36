import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { PutRequest, Stored } from "../../server/handlers.ts";
import type { DiskStore } from "../../server/store/disk-store.ts";
import { type Fault, serveWith } from "../fault.ts";
import { collect, withBody } from "./bodies.ts";
import { changedInput, forever } from "./input.ts";

/** Programs that do not survive a full disk. */
export const storageFaults: readonly Fault[] = [
  {
    name: "hangs-on-full-disk",
    description: "A body that can not be written is tried again for ever, and nothing more is read.",
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
    description: "A body that can not be written ends the program.",
    fails: ["storage/full"],
    go: "fatal",
    run: (store) => serveWith(store, { put: tried(store, () => process.exit(1)) }),
  },
  {
    name: "cuts-on-full-disk",
    description:
      "A body that can not be written is answered with the file that holds as much of it as went in.",
    fails: ["storage/full"],
    go: "nothing",
    run: (store) => serveWith(store, { put: tried(store, async (diskPath) => ({ diskPath })) }),
  },
];

/** Puts, but for `fails`, which gets the path of a body that can not be written. */
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
