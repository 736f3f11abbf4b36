import {
  closeSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join, relative } from "node:path";
import type { PutRequest, Stored } from "../../server/handlers.ts";
import type { DiskStore } from "../../server/store/disk-store.ts";
import { type Fault, serveThrough, serveWith } from "../fault.ts";
import { changeHits } from "./answers.ts";
import { bodyPath, collect, withBody } from "./bodies.ts";

/** Programs that break the rules for the files they name. */
export const fileFaults: readonly Fault[] = [
  {
    name: "relative-path",
    description: "Every DiskPath is relative to the working directory.",
    fails: ["file/absolute", "environment/relative-directory"],
    go: "fatal",
    run: (store) =>
      serveThrough(store, (answer) =>
        answer.replace(/(?<="DiskPath":")[^"]*/, (path) => relative(process.cwd(), path)),
      ),
  },
  {
    name: "extension",
    description: "The file from a put has the extension .bin.",
    fails: ["file/no-extension"],
    go: "nothing",
    run: (store) =>
      serveWith(store, {
        async put(request) {
          const { diskPath } = await store.put(request);
          const named = `${diskPath}-${crypto.randomUUID()}.bin`;
          linkSync(diskPath, named);
          return { diskPath: named };
        },
      }),
  },
  {
    name: "empty-file-unreadable",
    description: "The file of an empty body has mode 0200.",
    fails: ["file/readable"],
    go: "nothing",
    run: (store) =>
      serveWith(store, {
        async put(request) {
          const { diskPath } = await store.put(request);
          if (request.size > 0) return { diskPath };
          const unreadable = `${diskPath}-${crypto.randomUUID()}`;
          writeFileSync(unreadable, "", { mode: 0o200 });
          return { diskPath: unreadable };
        },
      }),
  },
  {
    name: "rewrites-body",
    description: "A second put of a body of 1 MiB or more rewrites its file in place.",
    fails: ["file/put-again"],
    go: "nothing",
    run: (store) =>
      serveWith(store, {
        async put(request) {
          const diskPath = bodyPath(store, request.outputID);
          if (request.size < 2 ** 20) return store.put(request);
          const bytes = await collect(request.body);
          const stored = await store.put(withBody(request, bytes));
          rewrite(diskPath, bytes);
          return stored;
        },
      }),
  },
  {
    name: "rewrites-action",
    description: "The file from a put is named after the action; a second put rewrites it in place.",
    fails: ["file/held-open", "file/replaced-action"],
    go: "nothing",
    run: (store) =>
      serveWith(store, {
        put: (request) => putByAction(store, request, "actions", rewriteOther),
      }),
  },
  {
    name: "renames-over-action",
    description: "The file from a put is named after the action; a second put replaces it.",
    fails: ["file/replaced-action"],
    go: "nothing",
    run: (store) =>
      serveWith(store, {
        put: (request) =>
          putByAction(store, request, `actions-${process.pid}`, (path, bytes) => {
            rmSync(path, { force: true });
            writeFileSync(path, bytes);
          }),
      }),
  },
  {
    name: "evicts-while-open",
    description: "After 200 puts, a process removes the files of its first puts.",
    fails: ["file/until-close"],
    go: "rebuilds",
    run(store) {
      const puts: string[] = [];
      return serveWith(store, {
        async put(request) {
          const stored = await store.put(request);
          if (puts.push(stored.diskPath) > 200) rmSync(puts.shift() ?? "", { force: true });
          return stored;
        },
      });
    },
  },
  {
    name: "one-file-for-hits",
    description: "Every hit copies its body to the same file, and names that.",
    fails: ["file/until-close"],
    mayFail: ["processes/same-entries"],
    go: "fatal",
    run: (store) =>
      changeHits(store, (hit) => {
        const path = join(store.directory, `current-${process.pid}`);
        rmSync(path, { force: true });
        copyFileSync(hit.DiskPath, path);
        return { ...hit, DiskPath: path };
      }),
  },
];

/** Puts a body, and also writes it to a file named after the action, in a folder of the store. */
async function putByAction(
  store: DiskStore,
  request: PutRequest,
  folder: string,
  write: (path: string, bytes: Uint8Array) => void,
): Promise<Stored> {
  const bytes = await collect(request.body);
  await store.put(withBody(request, bytes));
  const directory = join(store.directory, folder);
  mkdirSync(directory, { recursive: true });
  const diskPath = join(directory, request.actionID.toHex());
  write(diskPath, bytes);
  return { diskPath };
}

/** Writes bytes to a file; in place if it exists with other content. */
function rewriteOther(path: string, bytes: Uint8Array): void {
  if (!existsSync(path)) {
    const temporary = `${path}-${crypto.randomUUID()}`;
    writeFileSync(temporary, bytes);
    renameSync(temporary, path);
  } else if (Buffer.compare(readFileSync(path), bytes) !== 0) rewrite(path, bytes);
}

/** Writes bytes to a file, in place if it exists. */
function rewrite(path: string, bytes: Uint8Array): void {
  const fd = openSync(path, "w", 0o644);
  for (let at = 0; at < bytes.length; at += 65_536) writeSync(fd, bytes.subarray(at, at + 65_536));
  closeSync(fd);
}
