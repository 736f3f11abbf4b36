import { appendFileSync, copyFileSync, existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { PutRequest } from "../../server/handlers.ts";
import type { DiskStore } from "../../server/store/disk-store.ts";
import { outputOf } from "../conversation/entry.ts";
import { type Fault, serveWith } from "../fault.ts";
import { collect, collectAny, placeOf, withBody } from "./bodies.ts";

/** Programs that answer a put wrongly, or store what they should not. */
export const putFaults: readonly Fault[] = [
  {
    name: "put-without-path",
    description: "A put that changes nothing is answered without a DiskPath.",
    fails: ["put/answer", "processes/same-entries"],
    go: "nothing",
    run: (store) =>
      serveWith(store, {
        async put(request) {
          const isThere = hasEntry(store, request);
          const stored = await store.put(request);
          return isThere ? { diskPath: "" } : stored;
        },
      }),
  },
  {
    name: "put-exists",
    description: "A put that changes nothing is answered with Err.",
    fails: ["put/answer", "processes/same-entries"],
    go: "nothing",
    run: (store) =>
      serveWith(store, {
        async put(request) {
          const isThere = hasEntry(store, request);
          const stored = await store.put(request);
          if (isThere) throw new Error("the entry exists");
          return stored;
        },
      }),
  },
  {
    name: "answers-before-write",
    description: "A body of 16 MiB or more is written after its put was answered.",
    fails: ["bodies/large", "put/complete"],
    go: "nothing",
    run: (store) =>
      serveWith(store, {
        async put(request) {
          if (request.size < 16 * 1024 * 1024) return store.put(request);
          const whole = withBody(request, await collect(request.body));
          setTimeout(() => store.put(whole), 1_500);
          return { diskPath: placeOf(store, request.outputID) };
        },
      }),
  },
  {
    name: "empty-put-on-missing-file",
    description: "A put of no bytes is answered with the path of a file that is not there.",
    fails: ["put/empty-body", "put/at-once", "put/replaced-by-nothing"],
    go: "nothing",
    run: (store) =>
      serveWith(store, {
        async put(request) {
          const { diskPath } = await store.put(request);
          return { diskPath: request.size === 0 ? `${diskPath}-missing` : diskPath };
        },
      }),
  },
  {
    name: "finds-later",
    description: "What a process has put is found by the next one, not by itself.",
    fails: ["put/read-back"],
    go: "nothing",
    run(store) {
      const fresh = new Set<string>();
      return serveWith(store, {
        get: (request) => (fresh.has(request.actionID.toHex()) ? null : store.get(request)),
        put(request) {
          fresh.add(request.actionID.toHex());
          return store.put(request);
        },
      });
    },
  },
  {
    name: "first-put-wins",
    description: "An action that has a body keeps it: a later put stores the body alone.",
    fails: ["put/replaces", "put/replaced-by-nothing"],
    go: "rebuilds",
    run: (store) =>
      serveWith(store, {
        put(request) {
          const hasAnother = store.get(request) !== null && !hasEntry(store, request);
          return store.put(hasAnother ? { ...request, actionID: request.outputID } : request);
        },
      }),
  },
  {
    name: "replaces-for-all",
    description:
      "The new body of an action that is put again is also that of all actions that had the old one.",
    fails: ["put/replaces"],
    go: "nothing",
    run(store) {
      const file = join(store.directory, "replaced");
      const replaced = () => (existsSync(file) ? readFileSync(file, "utf8").split("\n") : []);
      return serveWith(store, {
        get(request) {
          const hit = store.get(request);
          const last = replaced().findLast((line) => line.startsWith(hit?.outputID.toHex() ?? " "));
          return last === undefined
            ? hit
            : store.get({ ...request, actionID: Uint8Array.fromHex(last.slice(65)) });
        },
        put(request) {
          const old = store.get(request);
          if (old === null || Buffer.compare(old.outputID, request.outputID) === 0) return store.put(request);
          appendFileSync(file, `${old.outputID.toHex()} ${request.actionID.toHex()}\n`);
          return store.put(request);
        },
      });
    },
  },
  {
    name: "keeps-longer",
    description: "Where an action has a body, a later body of no bytes is taken to be there already.",
    fails: ["put/replaced-by-nothing"],
    go: "nothing",
    run(store) {
      const oldPath = (actionID: Uint8Array) => join(store.directory, `${actionID.toHex()}-old`);
      return serveWith(store, {
        get(request) {
          const hit = store.get(request);
          const path = oldPath(request.actionID);
          return hit?.size === 0 && existsSync(path) ? { ...hit, diskPath: path } : hit;
        },
        async put(request) {
          const old = store.get(request);
          const stored = await store.put(request);
          if (request.size > 0 || old === null || old.size === 0) return stored;
          copyFileSync(old.diskPath, oldPath(request.actionID));
          return { diskPath: oldPath(request.actionID) };
        },
      });
    },
  },
  {
    name: "one-action-a-body",
    description: "A body belongs to the action that put it last: the one before is a miss.",
    fails: ["put/shared-body"],
    go: "rebuilds",
    run(store) {
      const ownerOf = (outputID: Uint8Array) => join(store.directory, `${outputID.toHex()}.owner`);
      return serveWith(store, {
        get(request) {
          const hit = store.get(request);
          const owner = hit && ownerOf(hit.outputID);
          if (owner === null || !existsSync(owner)) return hit;
          return readFileSync(owner, "utf8") === request.actionID.toHex() ? hit : null;
        },
        put(request) {
          writeFileSync(ownerOf(request.outputID), request.actionID.toHex());
          return store.put(request);
        },
      });
    },
  },
  {
    name: "one-temporary-name",
    description:
      "A body that is not empty is written to a file named after its OutputID; two puts of it share that file.",
    fails: ["put/at-once"],
    go: "nothing",
    run: (store) =>
      serveWith(store, {
        async put(request) {
          if (request.size === 0) return store.put(request);
          const bytes = await collect(request.body);
          const temporary = join(store.directory, `${request.outputID.toHex()}-${process.pid}`);
          await Bun.write(temporary, bytes);
          renameSync(temporary, `${temporary}-whole`);
          return store.put(withBody(request, bytes));
        },
      }),
  },
  {
    name: "hash-unchecked",
    description: "A body is stored whatever its SHA-256 is.",
    fails: ["put/wrong-hash"],
    go: "nothing",
    run: (store) =>
      serveWith(store, {
        async put(request) {
          const bytes = await collect(request.body);
          return store.put({ ...withBody(request, bytes), outputID: outputOf(bytes), size: request.size });
        },
      }),
  },
  {
    name: "size-unchecked",
    description: "A body is stored whatever BodySize says.",
    fails: ["put/wrong-size"],
    go: "nothing",
    run: (store) =>
      serveWith(store, {
        put: async (request) => store.put(withBody(request, await collectAny(request.body))),
      }),
  },
];

/** Whether the action has that body already. */
function hasEntry(store: DiskStore, request: PutRequest): boolean {
  const hit = store.get(request);
  return hit !== null && Buffer.compare(hit.outputID, request.outputID) === 0;
}
