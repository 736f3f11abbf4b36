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
import { collect, placeOf, withBody } from "./bodies.ts";

/** Programs whose files are not what go may rely on. */
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
    description: "The files that puts name end in .bin.",
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
    description: "The file of a body of no bytes has mode 0200.",
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
    description: "A body of 1 MiB or more that is put again is written over its file.",
    fails: ["file/put-again"],
    go: "nothing",
    run: (store) =>
      serveWith(store, {
        async put(request) {
          const diskPath = placeOf(store, request.outputID);
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
    description:
      "The file that a put names is named after the action, and written over when that is put anew.",
    fails: ["file/held-open", "file/replaced-action"],
    go: "nothing",
    run: (store) =>
      serveWith(store, {
        put: (request) => putByAction(store, request, "actions", rewriteOther),
      }),
  },
  {
    name: "renames-over-action",
    description: "The file that a put names is named after the action, and replaced when that is put anew.",
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
    description: "After 200 puts of a process, the files of the first are removed.",
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
    description: "Every hit names the same file, into which its body is copied.",
    fails: ["file/until-close"],
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

/** Puts a body, and writes it to a file in a folder of the store that is named after the action as well. */
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

/** Writes bytes to a file, in place where it is there with others. */
function rewriteOther(path: string, bytes: Uint8Array): void {
  if (!existsSync(path)) {
    const temporary = `${path}-${crypto.randomUUID()}`;
    writeFileSync(temporary, bytes);
    renameSync(temporary, path);
  } else if (Buffer.compare(readFileSync(path), bytes) !== 0) rewrite(path, bytes);
}

/** Writes bytes to a file that may be there, in place. */
function rewrite(path: string, bytes: Uint8Array): void {
  const fd = openSync(path, "w", 0o644);
  for (let at = 0; at < bytes.length; at += 65_536) writeSync(fd, bytes.subarray(at, at + 65_536));
  closeSync(fd);
}
