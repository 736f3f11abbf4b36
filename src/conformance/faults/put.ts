import { appendFileSync, copyFileSync, existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { PutRequest } from "../../server/handlers.ts";
import type { DiskStore } from "../../server/store/disk-store.ts";
import { outputOf } from "../conversation/new-entry.ts";
import { type Fault, serveWith } from "../fault.ts";
import { bodyPath, collect, collectAny, withBody } from "./bodies.ts";

/** Programs that send wrong responses to puts, or store what they shouldn't. */
export const putFaults: readonly Fault[] = [
  {
    name: "put-without-path",
    description: "The response to a put of an existing entry has no DiskPath.",
    fails: ["put/answer", "processes/same-entries"],
    go: "nothing",
    run: (store) =>
      serveWith(store, {
        async put(request) {
          const exists = hasEntry(store, request);
          const stored = await store.put(request);
          return exists ? { diskPath: "" } : stored;
        },
      }),
  },
  {
    name: "put-exists",
    description: "The response to a put of an existing entry has Err.",
    fails: ["put/answer", "processes/same-entries"],
    go: "nothing",
    run: (store) =>
      serveWith(store, {
        async put(request) {
          const exists = hasEntry(store, request);
          const stored = await store.put(request);
          if (exists) throw new Error("the entry already exists");
          return stored;
        },
      }),
  },
  {
    name: "answers-before-write",
    description: "A body of 16 MiB or more is written after the response to its put.",
    fails: ["bodies/large", "put/complete"],
    go: "nothing",
    run: (store) =>
      serveWith(store, {
        async put(request) {
          if (request.size < 16 * 1024 * 1024) return store.put(request);
          const whole = withBody(request, await collect(request.body));
          setTimeout(() => store.put(whole), 1_500);
          return { diskPath: bodyPath(store, request.outputID) };
        },
      }),
  },
  {
    name: "empty-put-on-missing-file",
    description: "The response to a put of an empty body names a file that doesn't exist.",
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
    description: "A process doesn't find its own puts; the next process does.",
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
    description: "A second put of an action doesn't replace the first.",
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
    description: "A second put of an action also replaces the body of all actions that share the old one.",
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
    description: "An empty body doesn't replace a longer one.",
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
    description: "A body belongs to the last action that put it; earlier ones become misses.",
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
    description: "Concurrent puts of a non-empty body share one temporary file, named after the OutputID.",
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
    description: "A body is stored even if its SHA-256 isn't the OutputID.",
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
    description: "A body is stored even if its length isn't BodySize.",
    fails: ["put/wrong-size"],
    go: "nothing",
    run: (store) =>
      serveWith(store, {
        put: async (request) => store.put(withBody(request, await collectAny(request.body))),
      }),
  },
];

/** Whether the action already has that body. */
function hasEntry(store: DiskStore, request: PutRequest): boolean {
  const hit = store.get(request);
  return hit !== null && Buffer.compare(hit.outputID, request.outputID) === 0;
}
