import { renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { isAbsolute, join, relative } from "node:path";
import { DiskStore } from "../../server/store/disk-store.ts";
import { type Fault, serveThrough, serveWith } from "../fault.ts";
import { collect, withBody } from "./bodies.ts";
import { forever } from "./input.ts";

/** Programs that depend on what is around them, or leave it as it should not be. */
export const environmentFaults: readonly Fault[] = [
  {
    name: "store-in-cwd",
    description: "What is put is kept in the working directory.",
    fails: ["environment/other-directory"],
    go: "rebuilds",
    run: () => serveWith(DiskStore.open("cache"), {}),
  },
  {
    name: "path-as-given",
    description: "DiskPath begins with the directory as the command names it, relative or not.",
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
    description: "Each put is told of on stderr.",
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
      "It asks go for a package, with GOCACHEPROG set as it was, and so is started anew; the third just stays there.",
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
    description: "A body is written in TMPDIR and renamed from there into the directory.",
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
    description: "Without a request for 30 s, it exits.",
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
