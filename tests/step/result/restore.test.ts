import { describe, expect, test } from "bun:test";
import {
  chmodSync,
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
import { changesTo, type ReadContent, restore } from "../../../src/step/result/restore.ts";
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
function contentOf(data: Uint8Array): ReadContent {
  const inline = new Data(data, [], () => Promise.reject(new Error("no pack")));
  return ({ size }, offset) => inline.read(offset, size);
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
    expect(restored(directory.path, { "dist/a.js": "a" }, {}, below)).rejects.toThrow("EEXIST");
    expect(tree(directory.path)).toEqual({ "outside/x": "x", dist: "-> outside" });
  });

  test("keeps a foreign file in a folder that would become a file, and says so", async () => {
    using directory = new TempDirectory();
    fill(directory.path, { "dist/b/.env": "secret" });
    expect(restored(directory.path, { "dist/b": "b" })).rejects.toThrow("ENOTEMPTY");
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
    expect(attempt).rejects.toThrow(UnsoundResult);
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
    expect(attempt).rejects.toThrow(`"dist/b.js" has other content than its SHA-256`);
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
    const read: ReadContent = ({ size }, offset) => data.read(offset, size);
    const [, b, c] = changesTo(files, []).make;
    const { path } = directory;
    await restore(path, { make: b === undefined ? [] : [b], remove: [] }, read, inDist);
    expect(readFileSync(join(path, "dist/b"), "utf8")).toBe(text);
    expect(asked).toEqual(["0", "1"]);
    const attempt = restore(path, { make: c === undefined ? [] : [c], remove: [] }, read, inDist);
    expect(attempt).rejects.toThrow("a pack is shorter than it should be");
    await attempt.catch(() => {});
    data.close();
  });
});
