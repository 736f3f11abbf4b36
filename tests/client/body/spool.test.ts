import { afterAll, afterEach, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readlinkSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { SpoolFile } from "../../../src/client/body/spool-file.ts";
import { guardEachTest, temporaryDirectory } from "../guard.ts";
import { ended } from "../processes.ts";
import { emptyCache, failure, key, play } from "../scripted.ts";

guardEachTest();
afterAll(() => isMounted && Bun.spawnSync(["umount", small])); // before the directory is removed
const directory = temporaryDirectory();
const { TMPDIR } = process.env;
/** A file system of 1 MiB, if this user may mount one. */
const small = join(directory, "small");
mkdirSync(small);
const isMounted =
  process.platform === "linux" &&
  process.getuid?.() === 0 &&
  Bun.which("mount") !== null &&
  Bun.spawnSync(["mount", "-t", "tmpfs", "-o", "size=1m", "cacheprogw-test", small]).success;

afterEach(() => {
  if (TMPDIR === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = TMPDIR;
});

/** A stream of zeros, which says whether it was cancelled. */
function zeros(size: number): { stream: ReadableStream<Uint8Array>; isCancelled(): boolean } {
  let left = size;
  let isCancelled = false;
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      controller.enqueue(new Uint8Array(Math.min(left, 100_000)));
      left -= 100_000;
      if (left <= 0) controller.close();
    },
    cancel() {
      isCancelled = true;
    },
  });
  return { stream, isCancelled: () => isCancelled };
}

test.skipIf(!isMounted)(
  "a stream that TMPDIR has no room for fails its put (needs Linux and root, to mount a small file system)",
  async () => {
    process.env.TMPDIR = small;
    const { cache } = await play(emptyCache);
    const { stream, isCancelled } = zeros(5_000_000);
    const error = await failure(cache.put(key(1), stream));
    expect(error).toMatchObject({ code: "BODY_UNREADABLE", cause: { code: "ENOSPC" } });
    expect(error.message).toContain(`(a stream) in a temporary file in ${small}: ENOSPC`);
    expect(isCancelled()).toBe(true);
    expect(readdirSync(small)).toEqual([]);
    expect(await cache.put(key(1), zeros(1_000_000).stream)).toMatchObject({ size: 1_000_000 });
    await cache.close();
  },
);

test("up to 1 MiB of a stream needs no TMPDIR, and more needs one that exists", async () => {
  process.env.TMPDIR = join(directory, "missing");
  const { cache } = await play(emptyCache);
  expect(await cache.put(key(1), zeros(1024 ** 2).stream)).toMatchObject({ size: 1024 ** 2 });
  const { stream, isCancelled } = zeros(1024 ** 2 + 1);
  const error = await failure(cache.put(key(1), stream));
  expect(error).toMatchObject({ code: "BODY_UNREADABLE", cause: { code: "ENOENT" } });
  expect(error.message).toContain("missing: ENOENT");
  await cache.close();
  expect(isCancelled()).toBe(false); // it had ended
});

test("a spool has no name, is empty and private", async () => {
  process.env.TMPDIR = join(directory, "spools");
  mkdirSync(process.env.TMPDIR);
  let made = "";
  const file = new SpoolFile((path) => {
    made = path;
    expect(statSync(path)).toMatchObject({ mode: 0o100600, size: 0 });
    rmSync(path);
  });
  expect(made).toStartWith(process.env.TMPDIR);
  await file.append(new Uint8Array(5));
  await file.append(new Uint8Array(6));
  expect(file.size).toBe(11);
  await file.close();
  const unnamed = new SpoolFile();
  expect(readdirSync(process.env.TMPDIR)).toEqual([]);
  await unnamed.close();
});

test("a spool that can't be unlinked while it's open is removed when it's closed, or at exit", async () => {
  process.env.TMPDIR = join(directory, "windows");
  mkdirSync(process.env.TMPDIR);
  let tries = 0;
  const file = new SpoolFile((path) => {
    if (tries++ === 0) throw new Error("EBUSY");
    rmSync(path);
  });
  expect(readdirSync(process.env.TMPDIR)).toHaveLength(1);
  await file.close();
  expect(readdirSync(process.env.TMPDIR)).toEqual([]);
  const module = join(import.meta.dir, "../../../src/client/body/spool-file.ts");
  const script = `
    import { SpoolFile } from ${JSON.stringify(module)};
    import { existsSync, rmSync, writeSync } from "node:fs";
    new SpoolFile((path) => {
      if (globalThis.spool === undefined) { globalThis.spool = path; throw new Error("EBUSY"); }
      rmSync(path);
    });
    writeSync(1, globalThis.spool + " " + existsSync(globalThis.spool));
    process.exit(0);
  `;
  const { stdout } = Bun.spawnSync([process.execPath, "-e", script], { env: process.env });
  const [path = "", existed] = stdout.toString().split(" ");
  expect({ existed, exists: existsSync(path) }).toEqual({ existed: "true", exists: false });
});

test("a killed process leaves no spool", async () => {
  process.env.TMPDIR = join(directory, "killed");
  mkdirSync(process.env.TMPDIR);
  const module = join(import.meta.dir, "../../../src/index.ts");
  const script = `
    import { CacheProg } from ${JSON.stringify(module)};
    const cache = await CacheProg.start(${JSON.stringify([process.execPath, join(import.meta.dir, "../../../fixtures/scripted-server.ts"), emptyCache])});
    let given = 0;
    await cache.put(new Uint8Array(32), new ReadableStream({
      pull(controller) {
        if (given++ < 3) return controller.enqueue(new Uint8Array(1_000_000));
        process.stdout.write(String(cache.pid));
        return new Promise(() => {});
      },
    }, { highWaterMark: 0 }));
  `;
  const child = Bun.spawn([process.execPath, "-e", script], { env: process.env, stdout: "pipe" });
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  if (process.platform === "linux") {
    const spools = readdirSync(`/proc/${child.pid}/fd`).map((fd) =>
      readlinkSync(`/proc/${child.pid}/fd/${fd}`),
    );
    expect(spools.filter((name) => name.includes("/killed/"))).toHaveLength(1);
  }
  child.kill("SIGKILL");
  await child.exited;
  await reader.cancel();
  await ended(Number(new TextDecoder().decode(value)));
  expect(readdirSync(process.env.TMPDIR)).toEqual([]);
});
