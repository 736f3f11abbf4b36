import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "./client/guard.ts";
import { memoryDirectory } from "./memory-directory.ts";

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

test("temporary files are in memory only where there is such a file system that programs can be started from", () => {
  const other = "/dev/vda / ext4 rw,relatime 0 0\ntmpfs /run/dev/shm tmpfs rw 0 0\n";
  expect(memoryDirectory(other)).toBeUndefined();
  expect(
    memoryDirectory(`${other}shm /dev/shm tmpfs rw,nosuid,nodev,noexec,size=65536k 0 0\n`),
  ).toBeUndefined();
  expect(memoryDirectory(`${other}shm /dev/shm tmpfs ro 0 0\n`)).toBeUndefined();
});
