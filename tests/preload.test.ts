import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "./client/guard.ts";

const directory = temporaryDirectory();
const preload = join(import.meta.dir, "preload.ts");

test.each(["--only-failures", "--isolate", "--parallel=2"])(
  "every test file gets the longer timeout, with %s",
  (way) => {
    const slow = `import { test } from "bun:test"; test("slow", () => new Promise((done) => setTimeout(done, 30)));`;
    for (const name of ["a", "b", "c"]) writeFileSync(join(directory, `${name}.test.ts`), slow);
    const argv = [process.execPath, "test", "--timeout", "5", "--preload", preload, way];
    const { stderr, exitCode } = Bun.spawnSync(argv, { cwd: directory });
    expect(stderr.toString()).toContain(" 3 pass\n");
    expect(exitCode).toBe(0);
  },
);
