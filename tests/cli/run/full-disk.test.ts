import { afterAll, expect, test } from "bun:test";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Sandbox } from "../sandbox.ts";

/* A project, and then a cache, on a file system of 1 MiB. */

const sandbox = new Sandbox();
const small = sandbox.cwd;
const isMounted =
  process.platform === "linux" &&
  process.getuid?.() === 0 &&
  Bun.which("mount") !== null &&
  Bun.spawnSync(["mount", "-t", "tmpfs", "-o", "size=1m", "cacheprogw-test", small]).success;
afterAll(() => {
  if (isMounted) Bun.spawnSync(["umount", small]);
  sandbox[Symbol.dispose]();
});
const needsMount = "(needs Linux and root, to mount a small file system)";

const command = ["-i", "in", "-o", "dist", "-n", "big", "--", "sh", "-c"];
const write = "mkdir -p dist && head -c 600000 /dev/zero > dist/big && cp in dist/small";

test.skipIf(!isMounted)(
  `a restore that a full disk has no room for changes nothing and leaves nothing ${needsMount}`,
  async () => {
    sandbox.write("in", "input\n");
    const run = ["run", ...command, write];
    await sandbox.run(run);
    rmSync(join(small, "dist/big"));
    writeFileSync(join(small, "filler"), new Uint8Array(600_000));
    const full = await sandbox.run(run);
    expect(full.stderr).toContain("big: its outputs can't be restored: ENOSPC");
    expect(full.code).not.toBe(0); // the command has no room either
    expect(readdirSync(small).sort()).toEqual(["dist", "filler", "in"]);
    rmSync(join(small, "filler"));
    expect((await sandbox.run(run)).stderr).toMatch(/^cacheprogw: big: hit, /);
    expect(sandbox.read("dist/big").length).toBe(600_000);
    rmSync(join(small, "dist"), { recursive: true });
  },
);

test.skipIf(!isMounted)(`a full disk of the cache doesn't fail a step ${needsMount}`, async () => {
  using project = new Sandbox();
  project.write("in", "other\n");
  const env = { XDG_CACHE_HOME: join(small, "cache") };
  mkdirSync(env.XDG_CACHE_HOME);
  writeFileSync(join(small, "filler"), new Uint8Array(900_000));
  for (let run = 0; run < 2; run++) {
    const { code, stderr } = await project.run(["run", ...command, write], { env });
    expect(code).toBe(0);
    expect(stderr).toContain("big: miss: ");
    expect(stderr).toMatch(/big: done in .*, not cached: the cache failed\n$/);
    expect(project.read("dist/small").toString()).toBe("other\n");
    expect(readdirSync(project.cwd).sort()).toEqual(["dist", "in"]);
    rmSync(join(project.cwd, "dist/big"));
  }
});
