import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { GoCache } from "../../../src/server/index.ts";
import { action, bodyOf, close, get, put } from "../../server/client-bytes.ts";
import { expectSound } from "../../server/gocache/cache-files.ts";
import { commandLine, ServerProcess } from "../../server/server-process.ts";
import { putWhole } from "../../server/store-puts.ts";
import { TempDirectory } from "../../server/temp-directory.ts";

/** Each makes the directory $0 unwritable, in a mount namespace of its own. */
const troubles = [
  ["EROFS", "mount --bind $0 $0 && mount -o remount,bind,ro $0"],
  [
    "ENOSPC",
    "mount -t tmpfs -o size=4m full /mnt && cp -a $0/. /mnt && mount --bind /mnt $0 && { cat /dev/zero >$0/filler 2>/dev/null || true; }",
  ],
] as const;

function under(mount: string, directory: string): string[] {
  return ["unshare", "-Urm", "sh", "-c", `${mount} && exec "$@"`, directory];
}

const canMount =
  process.platform === "linux" &&
  troubles.every(([, mount]) => {
    using directory = new TempDirectory();
    return Bun.spawnSync([...under(mount, directory.path), "true"]).success;
  });

test.skipIf(!canMount).each(troubles)(
  "if the cache can't be written because of %s, puts are kept until close, and one line says so (needs Linux and mounts in a user namespace)",
  async (reason, mount) => {
    using parent = new TempDirectory();
    const directory = join(parent.path, "cache");
    putWhole(GoCache.open(directory), action("kept"), bodyOf(9));
    await using server = new ServerProcess(["serve", "--gocache", "--dir", directory], {
      program: commandLine,
      under: under(mount, directory),
    });
    const bodies = [2, 3].map((seed) => bodyOf(700_000, seed));
    server.write(bodies.map((body, at) => put(at + 1, action(`${at}`), body)).join(""));
    const answers = (await server.take(3)).slice(1);
    for (const [at, { DiskPath = "", Err }] of answers.entries()) {
      expect(Err).toBeUndefined();
      expect(DiskPath).not.toStartWith(directory);
      expect(readFileSync(DiskPath).equals(bodies[at] ?? bodyOf(0))).toBe(true);
    }
    server.write(get(3, action("kept")) + get(4, action("1")) + close(5));
    expect(await server.rest()).toMatchObject([
      { ID: 3, Size: 9 },
      { ID: 4, DiskPath: answers[1]?.DiskPath },
      { ID: 5 },
    ]);
    expect(existsSync(answers[1]?.DiskPath ?? "")).toBe(false);
    expect(await server.stderr()).toMatch(
      new RegExp(`^cacheprogw: go's cache in ${directory} can't be written: ${reason}: .* until close\n$`),
    );
    expect(await server.child.exited).toBe(0);
    expect(expectSound(directory)).toBe(1);
  },
);
