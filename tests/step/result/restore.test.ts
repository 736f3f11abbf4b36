import { describe, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { Data } from "../../../src/step/result/data.ts";
import { type OutputFile, UnsoundResult } from "../../../src/step/result/manifest.ts";
import { changesTo, restore } from "../../../src/step/result/restore.ts";
import { type FindContent, Staging } from "../../../src/step/result/staging.ts";
import { WriterThread } from "../../../src/step/result/writer-thread.ts";
import { TempDirectory } from "../../server/temp-directory.ts";

const sha256 = (text: string) => new Bun.CryptoHasher("sha256").update(text).digest("hex");
const inDist = (path: string) => path === "dist" || path.startsWith("dist/");

/** Files as a result has them: a text is a file of mode 644, `-> x` a symlink, "/" an empty folder. */
function outputs(files: Readonly<Record<string, string>>): { files: OutputFile[]; data: Uint8Array } {
  let data = "";
  const list = Object.entries(files).map(([path, text]): OutputFile => {
    if (text === "/") return { kind: "directory", path };
    if (text.startsWith("-> ")) return { kind: "symlink", path, target: text.slice(3) };
    data += text;
    return { kind: "file", path, mode: 0o644, size: text.length, digest: sha256(text) };
  });
  return { files: list, data: new TextEncoder().encode(data) };
}

/** Everything below a directory, in the same form. */
function tree(directory: string, prefix = ""): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of readdirSync(join(directory, prefix)).toSorted()) {
    const path = prefix === "" ? name : `${prefix}/${name}`;
    const full = join(directory, path);
    const stats = lstatSync(full);
    if (stats.isSymbolicLink()) found[path] = `-> ${readlinkSync(full)}`;
    else if (!stats.isDirectory()) found[path] = readFileSync(full, "utf8");
    else if (readdirSync(full).length === 0) found[path] = "/";
    else Object.assign(found, tree(directory, path));
  }
  return found;
}

function fill(directory: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(directory, text === "/" ? path : dirname(path)), { recursive: true });
    if (text.startsWith("-> ")) symlinkSync(text.slice(3), join(directory, path));
    else if (text !== "/") writeFileSync(join(directory, path), text);
  }
}

/** Data without packs. */
function contentOf(data: Uint8Array): FindContent {
  const inline = new Data(data, [], () => Promise.reject(new Error("no pack")));
  return ({ size }, offset) => inline.place(offset, size);
}

/** Restores `wanted` over `there`, which the outputs cover. */
async function restored(
  directory: string,
  wanted: Readonly<Record<string, string>>,
  there: Readonly<Record<string, string>> = {},
  covers = inDist,
): Promise<void> {
  const { files, data } = outputs(wanted);
  await restore(directory, changesTo(files, outputs(there).files), contentOf(data), covers);
}

describe("restore", () => {
  test("makes files, symlinks and empty folders, and leaves nothing else behind", async () => {
    using directory = new TempDirectory();
    const wanted = { "dist/a/b.js": "b", "dist/c.js": "", "dist/empty": "/", "dist/link": "-> a/b.js" };
    await restored(directory.path, wanted);
    expect(tree(directory.path)).toEqual(wanted);
  });

  test("gives a file its mode, whatever the umask", async () => {
    using directory = new TempDirectory();
    const { files, data } = outputs({ "dist/run": "#!" });
    const executable = files.map((file) => ({ ...file, mode: 0o775 }));
    await restore(directory.path, changesTo(executable, []), contentOf(data), inDist);
    expect(lstatSync(join(directory.path, "dist/run")).mode & 0o7777).toBe(0o775);
  });

  test("removes what the result doesn't have, and folders that become empty", async () => {
    using directory = new TempDirectory();
    const there = { "dist/old/x/y.js": "y", "dist/old/z.js": "z", "dist/a.js": "a" };
    fill(directory.path, { ...there, "src/a.ts": "mine" });
    await restored(directory.path, { "dist/a.js": "a" }, there);
    expect(tree(directory.path)).toEqual({ "dist/a.js": "a", "src/a.ts": "mine" });
  });

  test("keeps a folder with a file that isn't an output", async () => {
    using directory = new TempDirectory();
    fill(directory.path, { "dist/old/y.js": "y", "dist/old/.env": "secret" });
    await restored(directory.path, {}, { "dist/old/y.js": "y" });
    expect(tree(directory.path)).toEqual({ "dist/old/.env": "secret" });
  });

  test("doesn't touch a file that is right already", async () => {
    using directory = new TempDirectory();
    fill(directory.path, { "dist/a.js": "a", "dist/b.js": "old" });
    chmodSync(join(directory.path, "dist/a.js"), 0o644);
    utimesSync(join(directory.path, "dist/a.js"), 1000, 1000);
    await restored(
      directory.path,
      { "dist/a.js": "a", "dist/b.js": "b" },
      { "dist/a.js": "a", "dist/b.js": "old" },
    );
    expect(lstatSync(join(directory.path, "dist/a.js")).mtimeMs).toBe(1_000_000);
    expect(readFileSync(join(directory.path, "dist/b.js"), "utf8")).toBe("b");
  });

  test("turns a file into a folder, a folder into a file, and a symlink into a file", async () => {
    using directory = new TempDirectory();
    const there = { "dist/a": "file", "dist/b/c": "c", "dist/l": "-> ../src" };
    fill(directory.path, { ...there, "src/kept.ts": "kept" });
    const wanted = { "dist/a/x": "x", "dist/b": "b", "dist/l/kept.ts": "mine" };
    await restored(directory.path, wanted, there);
    expect(tree(directory.path)).toEqual({ ...wanted, "src/kept.ts": "kept" });
  });

  test("writes through no symlink that is in the way", async () => {
    using directory = new TempDirectory();
    fill(directory.path, { "outside/a.js": "kept", "dist/sub": "-> ../outside" });
    await restored(directory.path, { "dist/sub/a.js": "new" });
    expect(tree(directory.path)).toEqual({ "outside/a.js": "kept", "dist/sub/a.js": "new" });
  });

  test("doesn't replace a symlink that the outputs don't cover", async () => {
    using directory = new TempDirectory();
    fill(directory.path, { "outside/x": "x", dist: "-> outside" });
    const below = (path: string) => path.startsWith("dist/");
    await expect(restored(directory.path, { "dist/a.js": "a" }, {}, below)).rejects.toThrow("ENOTDIR");
    expect(tree(directory.path)).toEqual({ "outside/x": "x", dist: "-> outside" });
  });

  test("keeps a foreign file in a folder that would become a file, and says so", async () => {
    using directory = new TempDirectory();
    fill(directory.path, { "dist/b/.env": "secret" });
    await expect(restored(directory.path, { "dist/b": "b" })).rejects.toThrow("ENOTEMPTY");
    expect(tree(directory.path)).toEqual({ "dist/b/.env": "secret" });
  });

  test("changes nothing if a path isn't covered", async () => {
    using directory = new TempDirectory();
    fill(directory.path, { "dist/a.js": "old" });
    const attempt = restored(
      directory.path,
      { "dist/a.js": "a", "src/evil.ts": "x" },
      { "dist/a.js": "old" },
    );
    await expect(attempt).rejects.toThrow(UnsoundResult);
    await attempt.catch(() => {});
    expect(tree(directory.path)).toEqual({ "dist/a.js": "old" });
  });

  test("changes nothing if one file has other content than its digest", async () => {
    using directory = new TempDirectory();
    fill(directory.path, { "dist/a.js": "old" });
    const { files } = outputs({ "dist/a.js": "a", "dist/b.js": "b" });
    const data = contentOf(Buffer.from("aX"));
    const changes = changesTo(files, outputs({ "dist/a.js": "old" }).files);
    const attempt = restore(directory.path, changes, data, inDist);
    await expect(attempt).rejects.toThrow(`"dist/b.js" has other content than its SHA-256`);
    await attempt.catch(() => {});
    expect(tree(directory.path)).toEqual({ "dist/a.js": "old" });
  });

  test("reads from the packs it needs, and fails if one is too short", async () => {
    using directory = new TempDirectory();
    const half = 32 * 1024 * 1024;
    writeFileSync(join(directory.path, "0"), Buffer.alloc(half, "0"));
    writeFileSync(join(directory.path, "1"), "1234");
    const text = `${"0".repeat(3)}12`;
    const files: OutputFile[] = [
      { kind: "file", path: "dist/a", mode: 0o644, size: half - 3, digest: sha256("0".repeat(half - 3)) },
      { kind: "file", path: "dist/b", mode: 0o644, size: 5, digest: sha256(text) },
      { kind: "file", path: "dist/c", mode: 0o644, size: 3, digest: sha256("34x") },
    ];
    const asked: string[] = [];
    const packs = [
      { digest: "0", size: half },
      { digest: "1", size: 5 },
    ];
    const data = new Data(new Uint8Array(0), packs, async ({ digest }) => {
      asked.push(digest);
      return join(directory.path, digest);
    });
    const read: FindContent = ({ size }, offset) => data.place(offset, size);
    const [, b, c] = changesTo(files, []).make;
    const { path } = directory;
    await restore(path, { make: b === undefined ? [] : [b], remove: [] }, read, inDist);
    expect(readFileSync(join(path, "dist/b"), "utf8")).toBe(text);
    expect(asked).toEqual(["0", "1"]);
    const attempt = restore(path, { make: c === undefined ? [] : [c], remove: [] }, read, inDist);
    await expect(attempt).rejects.toThrow("a pack is shorter than it should be");
    await attempt.catch(() => {});
  });

  test.each<[string, (path: string) => void]>([
    ["a folder", (path) => mkdirSync(path)],
    ["a FIFO", (path) => Bun.spawnSync(["mkfifo", path])],
    ["gone", () => {}],
  ])("doesn't wait for a pack that is %s", async (_name, make) => {
    using directory = new TempDirectory();
    const pack = join(directory.path, "pack");
    make(pack);
    const { files } = outputs({ "dist/a": "a" });
    const read: FindContent = async () => [{ path: pack, offset: 0, length: 1 }];
    const attempt = restore(directory.path, changesTo(files, []), read, inDist);
    await expect(attempt).rejects.toThrow(UnsoundResult);
    await attempt.catch(() => {});
    expect(readdirSync(directory.path)).toEqual(existsSync(pack) ? ["pack"] : []);
  });

  test("adds files and folders to those that are there", async () => {
    using directory = new TempDirectory();
    const there = { "dist/a/kept.js": "kept" };
    fill(directory.path, { ...there, "dist/a/.env": "secret" });
    const wanted = { "dist/a/b/c.js": "c", "dist/a/kept.js": "kept", "dist/a/new.js": "n", "dist/d/e": "/" };
    await restored(directory.path, wanted, there);
    expect(tree(directory.path)).toEqual({ "dist/a/.env": "secret", ...wanted });
  });
});

describe("restore of much data", () => {
  /** 100 files of 100 kB, in folders, and where their data is. */
  function many(directory: string): {
    files: OutputFile[];
    find: FindContent;
    wanted: Record<string, string>;
  } {
    const wanted: Record<string, string> = {};
    for (let at = 0; at < 100; at++)
      wanted[`dist/${at % 7}/${at}.js`] = `${at} `.repeat(100_000).slice(0, 100_000);
    const { files, data } = outputs(wanted);
    const pack = join(directory, "pack");
    writeFileSync(pack, data);
    return { files, wanted, find: async ({ size }, offset) => [{ path: pack, offset, length: size }] };
  }

  test("makes the same files, by two threads", async () => {
    using directory = new TempDirectory();
    const { files, find, wanted } = many(directory.path);
    await restore(directory.path, changesTo(files, []), find, inDist);
    const { pack: _, ...made } = tree(directory.path);
    expect(made).toEqual(wanted);
  });

  test("changes nothing if a file has other content than its digest, whoever writes it", async () => {
    using directory = new TempDirectory();
    const { files, find } = many(directory.path);
    for (const wrong of [0, 50, 99]) {
      const changed = files.map((file, at) => (at === wrong ? { ...file, digest: sha256("other") } : file));
      const attempt = restore(directory.path, changesTo(changed, []), find, inDist);
      await expect(attempt).rejects.toThrow(UnsoundResult);
      await attempt.catch(() => {});
      expect(readdirSync(directory.path)).toEqual(["pack"]);
    }
  });

  test("doesn't depend on the thread: it may be unable to start, or end with a share", async () => {
    using directory = new TempDirectory();
    const { files, find, wanted } = many(directory.path);
    const { make } = changesTo(files, []);
    for (const code of ["throw new Error()", "no JavaScript {", "process.exit(1)"]) {
      using staging = new Staging(directory.path);
      await staging.make(make, find, new WriterThread(code));
      expect(tree(staging.path)).toEqual(wanted);
    }
    using staging = new Staging(directory.path);
    const taker = new WriterThread(
      "self.onmessage = ({ data: { job } }) => { Atomics.add(job.state, 0, 1); process.exit(0); };",
    );
    // It has taken a file before this thread begins.
    const taken = staging.make(make, find, {
      async help(job) {
        Atomics.add(job.state, 0, 1);
        return taker.help(job);
      },
    });
    await expect(taken).rejects.toThrow("the thread that writes outputs has ended");
    await taken.catch(() => {});
  });

  test("keeps the process alive until the thread has ended its share, and not after that", async () => {
    const module = JSON.stringify(join(import.meta.dir, "../../../src/step/result/writer-thread.ts"));
    const late = "self.onmessage = ({ data: { number } }) => setTimeout(() => postMessage({ number }), 20)";
    const script = `
      import { WriterThread } from ${module};
      await new WriterThread(${JSON.stringify(late)}).help({ sources: [], files: [], state: new Int32Array(new SharedArrayBuffer(24)) });
      console.log("whole");`;
    const child = Bun.spawn([process.execPath, "-e", script], { stdout: "pipe", stderr: "inherit" });
    expect(await child.stdout.text()).toBe("whole\n");
    expect(await child.exited).toBe(0);
  });
});
