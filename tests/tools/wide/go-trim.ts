import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { GoSandbox, ourServer } from "../../../fixtures/go-sandbox.ts";
import { hasGo } from "../../../fixtures/go-toolchains.ts";
import { trim } from "../../../src/server/store/trim/trimmer.ts";
import { ageAll, day, files } from "../../server/store/trim/aged-store.ts";

const patience = 180_000;
setDefaultTimeout(patience);

/** Everything that may be removed is. */
const least = { maxSize: 1, maxAge: Number.POSITIVE_INFINITY };

let sandbox: GoSandbox | undefined;
afterAll(() => sandbox?.[Symbol.asyncDispose]());

test.skipIf(!hasGo)(
  "go builds the same program while another process removes all that wasn't used in the last day (needs Go)",
  async () => {
    sandbox = new GoSandbox(patience, { flags: ["-gcflags=all=-l -dwarf=false"] });
    const go = sandbox;
    const store = go.folder("store");
    // Without imports, what go compiles is the runtime alone.
    const cwd = go.folder("module");
    writeFileSync(join(cwd, "go.mod"), "module greeting\n\ngo 1.24\n");
    writeFileSync(join(cwd, "main.go"), 'package main\n\nfunc main() { println("hello") }\n');
    const build = async (flags: readonly string[]) => {
      const output = join(go.folder("bin"), "greeting");
      const run = await go.run(["build", ...flags, "-o", output, "."], {
        cwd,
        cacheProgram: ourServer(store),
      });
      expect(run).toMatchObject({ exitCode: 0, stderr: "" });
      return readFileSync(output);
    };
    const wanted = await build([]);
    const count = files(store).length;
    // All of it may go, except what the build comes to use before it's gone.
    ageAll(store, 2 * day);
    let isBuilding = true;
    const building = build(["-p", "16"]).finally(() => {
      isBuilding = false;
    });
    let removed = 0;
    while (isBuilding) removed += (await trim(store, least))?.removed.bodies ?? 0;
    expect((await building).equals(wanted)).toBe(true);
    expect(removed).toBeGreaterThan(0);
    // What the last build has used or put is there.
    expect((await build([])).equals(wanted)).toBe(true);
    expect(files(store).length).toBeWithin(10, count + 10);
    expect(existsSync(join(store, "trim.lock"))).toBe(false);
  },
);
