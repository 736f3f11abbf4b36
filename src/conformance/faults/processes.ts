import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isAlive } from "../../process-alive.ts";
import type { PutRequest, Stored } from "../../server/handlers.ts";
import type { DiskStore } from "../../server/store/disk-store.ts";
import { type Fault, serveWith } from "../fault.ts";
import { bodyPath, collect, withBody } from "./bodies.ts";

/** Programs that don't expect another process to use their directory. */
export const processesFaults: readonly Fault[] = [
  {
    name: "locks-directory",
    description: "The program exits at once if another process uses its directory.",
    fails: ["processes/side-by-side", "processes/same-entries", "processes/same-action", "file/held-open"],
    go: "fatal",
    async run(store) {
      const lock = join(store.directory, "lock");
      if (existsSync(lock) && isAlive(Number(readFileSync(lock, "utf8")))) {
        process.stderr.write("the directory is in use\n");
        process.exitCode = 1;
        return;
      }
      writeFileSync(lock, String(process.pid));
      await serveWith(store, {});
    },
  },
  {
    name: "shares-temporary-file",
    description:
      "All processes write a body to the same temporary file, named after its OutputID, and rename that.",
    fails: ["processes/same-entries"],
    go: "fatal",
    run(store, window = 5) {
      let last: Promise<unknown> = Promise.resolve();
      return serveWith(store, {
        put(request) {
          const stored = last.then(() => putByRename(store, request, window));
          last = stored.catch(() => {});
          return stored;
        },
      });
    },
  },
  {
    name: "yields-when-idle",
    description: "The program exits after 10 s without a request if another process has used its directory.",
    fails: ["processes/idle"],
    go: "fatal",
    run(store) {
      const file = join(store.directory, "last-user");
      const yields = () => {
        if (existsSync(file) && readFileSync(file, "utf8") !== String(process.pid)) process.exit(0);
        timer.refresh();
      };
      const timer = setTimeout(yields, 10_000);
      const use = () => {
        writeFileSync(file, String(process.pid));
        timer.refresh();
      };
      return serveWith(store, {
        get(request) {
          use();
          return store.get(request);
        },
        put(request) {
          use();
          return store.put(request);
        },
        close: () => clearTimeout(timer),
      });
    },
  },
  {
    name: "entry-in-two-files",
    description: "An entry is in two files: one for its OutputID, one for the rest.",
    fails: ["processes/same-action"],
    go: "nothing",
    run(store) {
      const half = (actionID: Uint8Array) => join(store.directory, `${actionID.toHex()}-output`);
      return serveWith(store, {
        async put(request) {
          replace(half(request.actionID), request.outputID.toHex());
          const bytes = await collect(request.body);
          await Bun.sleep(Math.random() * 40);
          return store.put(withBody(request, bytes));
        },
        get(request) {
          const hit = store.get(request);
          if (hit === null || !existsSync(half(request.actionID))) return null;
          return { ...hit, outputID: Uint8Array.fromHex(readFileSync(half(request.actionID), "utf8")) };
        },
      });
    },
  },
];

async function putByRename(store: DiskStore, request: PutRequest, window: number): Promise<Stored> {
  const bytes = await collect(request.body);
  const temporary = `${bodyPath(store, request.outputID)}-part`.replace(/^.*\//, `${store.directory}/`);
  writeFileSync(temporary, bytes);
  await Bun.sleep(window);
  renameSync(temporary, `${temporary}-${process.pid}`);
  return store.put(withBody(request, bytes));
}

function replace(path: string, text: string): void {
  const temporary = `${path}-${crypto.randomUUID()}`;
  writeFileSync(temporary, text);
  renameSync(temporary, path);
}
