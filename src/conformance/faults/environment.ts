import { renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { isAbsolute, join, relative } from "node:path";
import { DiskStore } from "../../server/store/disk-store.ts";
import { type Fault, serveThrough, serveWith } from "../fault.ts";
import { collect, withBody } from "./bodies.ts";
import { forever } from "./input.ts";

/** Programs that depend on their environment, or disturb it. */
export const environmentFaults: readonly Fault[] = [
  {
    name: "store-in-cwd",
    description: "The store is in the working directory.",
    fails: ["environment/other-directory"],
    go: "rebuilds",
    run: () => serveWith(DiskStore.open("cache"), {}),
  },
  {
    name: "path-as-given",
    description: "DiskPath starts with the directory as the command gives it, even if that is relative.",
    fails: ["environment/relative-directory"],
    go: "fatal",
    run(store) {
      const given = process.argv[process.argv.indexOf("--dir") + 1] ?? "";
      const asGiven = (path: string) => (isAbsolute(given) ? path : relative(process.cwd(), path));
      return serveThrough(store, (answer) => answer.replace(/(?<="DiskPath":")[^"]*/, asGiven));
    },
  },
  {
    name: "talks",
    description: "The program logs each put to stderr.",
    fails: ["environment/quiet"],
    go: "nothing",
    run: (store) =>
      serveWith(store, {
        put(request) {
          process.stderr.write(`put ${request.size} bytes\n`);
          return store.put(request);
        },
      }),
  },
  {
    name: "runs-go",
    description:
      "The program runs go list with GOCACHEPROG set, which starts the program again; the third process just hangs.",
    fails: ["environment/go-within"],
    go: "hang",
    async run(store) {
      const { GOCACHEPROG, NESTED = "" } = process.env;
      if (NESTED.length >= 2) return forever();
      if (GOCACHEPROG !== undefined && Bun.which("go") !== null)
        Bun.spawnSync(["go", "list", "errors"], { env: { ...process.env, NESTED: `${NESTED}+` } });
      await serveWith(store, {});
    },
  },
  {
    name: "renames-from-tmpdir",
    description: "A body is written to TMPDIR, then renamed into the directory.",
    fails: ["environment/temporary-elsewhere"],
    go: "fatal",
    run: (store) =>
      serveWith(store, {
        async put(request) {
          const bytes = await collect(request.body);
          const name = crypto.randomUUID();
          const temporary = join(tmpdir(), name);
          writeFileSync(temporary, bytes);
          try {
            renameSync(temporary, join(store.directory, name));
          } finally {
            rmSync(temporary, { force: true });
          }
          return store.put(withBody(request, bytes));
        },
      }),
  },
  {
    name: "exits-when-idle",
    description: "The program exits after 30 s without a request.",
    fails: ["environment/idle"],
    go: "fatal",
    run(store) {
      const timer = setTimeout(() => process.exit(0), 30_000);
      return serveWith(store, {
        get(request) {
          timer.refresh();
          return store.get(request);
        },
        put(request) {
          timer.refresh();
          return store.put(request);
        },
        close: () => clearTimeout(timer),
      });
    },
  },
];
