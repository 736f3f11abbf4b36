import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { Random } from "../../fixtures/random.ts";
import { CacheProg, type CopyOptions, copyEntry, type PutResult } from "../../src/index.ts";
import { guardEachTest, temporaryDirectory } from "./guard.ts";
import { failure, key, sha256 } from "./scripted.ts";

guardEachTest();
afterAll(() => isMounted && Bun.spawnSync(["umount", small])); // before the directory is removed
const directory = temporaryDirectory();
const umask = process.umask();
/** A file system of 1 MiB, if this user may mount one. */
const small = join(directory, "small");
mkdirSync(small);
const isRoot = process.getuid?.() === 0;
const isMounted =
  process.platform === "linux" &&
  isRoot &&
  Bun.which("mount") !== null &&
  Bun.spawnSync(["mount", "-t", "tmpfs", "-o", "size=1m", "cacheprogw-test", small]).success;

/** A new folder for the copies of each test. */
let folder = "";
let count = 0;

beforeEach(() => {
  folder = join(directory, `copies-${++count}`);
  mkdirSync(folder);
});

function path(name: string): string {
  return join(folder, name);
}

/** The entry of a file in a cache. */
function entryOf(bytes: string | Uint8Array): PutResult {
  const diskPath = join(directory, `body-${++count}`);
  writeFileSync(diskPath, bytes, { mode: 0o444 });
  chmodSync(diskPath, 0o444);
  return { outputID: sha256(bytes), size: Buffer.byteLength(bytes), diskPath };
}

function modeOf(file: string): number {
  return statSync(file).mode & 0o7777;
}

/** A signal that calls `act` when its `aborted` is read for the given time. */
function signalThat(act: () => void, time: number): AbortSignal {
  const { signal } = new AbortController();
  let times = 0;
  Object.defineProperty(signal, "aborted", {
    get() {
      if (++times === time) act();
      return false;
    },
  });
  return signal;
}

describe("copyEntry", () => {
  test.each([0, 1, 65_537, 1024 ** 2, 3_000_001])("copies a file of %d bytes", async (size) => {
    const bytes = new Random(size).bytes(size);
    const entry = entryOf(bytes);
    await copyEntry(entry, path("copy"));
    expect(readFileSync(path("copy")).equals(bytes)).toBe(true);
    expect(readdirSync(folder)).toEqual(["copy"]);
    expect(modeOf(entry.diskPath)).toBe(0o444);
    appendFileSync(path("copy"), "mine");
    expect(readFileSync(entry.diskPath).equals(bytes)).toBe(true);
  });

  test("copies the entry of a get, a put and a getOrPut", async () => {
    const store = join(directory, "store");
    await using cache = await CacheProg.start([
      process.execPath,
      join(import.meta.dir, "../../src/cli/main.ts"),
      "serve",
      "--dir",
      store,
    ]);
    await copyEntry(await cache.put(key(1), "one"), path("put"));
    const hit = await cache.get(key(1));
    if (hit !== null) await copyEntry(hit, path("get"));
    await copyEntry(await cache.getOrPut(key(2), () => "two"), path("getOrPut"));
    expect(["put", "get", "getOrPut"].map((name) => readFileSync(path(name), "utf8"))).toEqual([
      "one",
      "one",
      "two",
    ]);
  });

  test.each<[mask: number, options: CopyOptions, mode: number]>([
    [0o022, {}, 0o644],
    [0o002, {}, 0o664],
    [0o077, { mode: undefined }, 0o600],
    [0o077, { mode: 0o755 }, 0o755],
    [0o022, { mode: 0o444 }, 0o444],
    [0o022, { mode: 0 }, 0],
    [0o022, { mode: 0o4755 }, 0o4755],
  ])("with umask %o and options %j makes a file of mode %o", async (mask, options, mode) => {
    const entry = entryOf("body");
    process.umask(mask);
    try {
      await copyEntry(entry, path("copy"), options);
    } finally {
      process.umask(umask);
    }
    expect(modeOf(path("copy"))).toBe(mode);
  });

  test("replaces a file, even one that is read-only, and keeps nothing of its mode", async () => {
    writeFileSync(path("copy"), "old", { mode: 0o400 });
    const inode = lstatSync(path("copy")).ino;
    linkSync(path("copy"), path("other"));
    await copyEntry(entryOf("new"), path("copy"), { mode: 0o640 });
    expect([readFileSync(path("copy"), "utf8"), modeOf(path("copy"))]).toEqual(["new", 0o640]);
    expect(readFileSync(path("other"), "utf8")).toBe("old");
    expect(lstatSync(path("copy")).ino).not.toBe(inode);
  });

  test("replaces a symbolic link, wherever it leads, and leaves what it leads to alone", async () => {
    writeFileSync(path("target"), "target");
    mkdirSync(path("directory"));
    for (const to of ["target", "directory", "nothing", "copy"]) {
      symlinkSync(to, path("copy"));
      await copyEntry(entryOf(to), path("copy"));
      expect(lstatSync(path("copy")).isFile()).toBe(true);
      expect(readFileSync(path("copy"), "utf8")).toBe(to);
      rmSync(path("copy"));
    }
    expect(readFileSync(path("target"), "utf8")).toBe("target");
    expect(readdirSync(path("directory"))).toEqual([]);
    expect(readdirSync(folder).sort()).toEqual(["directory", "target"]);
  });

  test("follows the links of parent directories, and creates those that are missing", async () => {
    mkdirSync(path("real"));
    symlinkSync("real", path("link"));
    await copyEntry(entryOf("a"), path("link/new/deep/copy"));
    expect(readFileSync(path("real/new/deep/copy"), "utf8")).toBe("a");
  });

  test("takes a relative path from the working directory at the call", async () => {
    // In a process of its own: the working directory is that of all tests in a process.
    const script = `
      import { copyEntry } from ${JSON.stringify(join(import.meta.dir, "../../src/index.ts"))};
      const entry = ${JSON.stringify({ ...entryOf("relative"), outputID: undefined })};
      process.chdir(${JSON.stringify(folder)});
      const copying = copyEntry({ ...entry, outputID: Bun.SHA256.hash("relative") }, "./sub/../copy");
      process.chdir("/");
      await copying;
    `;
    const { stderr } = Bun.spawnSync([process.execPath, "-e", script], { stderr: "pipe" });
    expect(stderr.toString()).toBe("");
    expect(readFileSync(path("copy"), "utf8")).toBe("relative");
  });

  test("many times at once to one path leaves one of them, whole", async () => {
    const bodies = Array.from({ length: 20 }, (_, seed) => new Random(seed).bytes(100_000));
    await Promise.all(bodies.map((bytes) => copyEntry(entryOf(bytes), path("new/copy"))));
    const made = readFileSync(path("new/copy"));
    expect(bodies.some((bytes) => made.equals(bytes))).toBe(true);
    expect(readdirSync(path("new"))).toEqual(["copy"]);
  });

  test("isn't changed by what the caller does to the entry's OutputID meanwhile", async () => {
    const entry = entryOf("body");
    const copying = copyEntry(entry, path("copy"));
    entry.outputID.fill(0);
    await copying;
    expect(existsSync(path("copy"))).toBe(true);
  });
});

type Case = [
  what: string,
  make: () => [entry: unknown, path?: unknown, options?: unknown],
  code: string,
  message: string,
];

const refused: Case[] = [
  ["a missing file", () => [{ ...entryOf("x"), diskPath: path("missing") }], "BODY_UNREADABLE", "ENOENT"],
  [
    "a directory in the cache",
    () => [{ ...entryOf("x"), diskPath: directory }],
    "BODY_UNREADABLE",
    "not a regular",
  ],
  [
    "a device in the cache",
    () => [{ ...entryOf(""), diskPath: "/dev/zero" }],
    "BODY_UNREADABLE",
    "not a regular",
  ],
  ["a FIFO in the cache", () => [{ ...entryOf(""), diskPath: fifo() }], "BODY_UNREADABLE", "not a regular"],
  [
    "another body",
    () => [{ ...entryOf("x"), outputID: sha256("y") }],
    "BODY_CHANGED",
    `is ${sha256("x").toHex()}`,
  ],
  ["a shorter body", () => [{ ...entryOf("x"), size: 2 }], "BODY_CHANGED", "it has 1 bytes, but size is 2"],
  ["a longer body", () => [{ ...entryOf("xyz"), size: 2 }], "BODY_CHANGED", "it has 3 bytes, but size is 2"],
  [
    "an entry without a file",
    () => [{ ...entryOf("x"), diskPath: "" }],
    "BAD_ARGUMENT",
    'is ""; expected the path',
  ],
  ["a miss", () => [null], "BAD_ARGUMENT", "the entry is null; expected the result of a get"],
  [
    "a short OutputID",
    () => [{ ...entryOf("x"), outputID: new Uint8Array(5) }],
    "BAD_ARGUMENT",
    "has 5 bytes",
  ],
  ["a negative size", () => [{ ...entryOf("x"), size: -1 }], "BAD_ARGUMENT", "size of the entry is -1"],
  ["no path", () => [entryOf("x"), ""], "BAD_ARGUMENT", 'path of the copy is ""'],
  ["a URL", () => [entryOf("x"), new URL("file:///tmp/a")], "BAD_ARGUMENT", "is a URL; expected a path"],
  ["a path with NUL", () => [entryOf("x"), path("a\0b")], "BAD_ARGUMENT", "expected a path"],
  ["a path with a lone surrogate", () => [entryOf("x"), `${folder}/\ud800`], "BAD_ARGUMENT", "surrogate"],
  ["a path with a slash at its end", () => [entryOf("x"), path("new/")], "BAD_ARGUMENT", "is a directory"],
  [
    "a directory",
    () => [entryOf("x"), folder],
    "BAD_ARGUMENT",
    "is a directory; expected the path of a file",
  ],
  ["the root", () => [entryOf("x"), "/"], "BAD_ARGUMENT", "is a directory"],
  ["a FIFO", () => [entryOf("x"), fifo()], "BAD_ARGUMENT", "is a device, a pipe or a socket"],
  [
    "a link to a device",
    () => [entryOf("x"), link("/dev/null")],
    "BAD_ARGUMENT",
    "is a device, a pipe or a socket",
  ],
  ["its own file", () => own(entryOf("x")), "BAD_ARGUMENT", "is the entry's own file"],
  ["its own file through a link", () => throughLink(entryOf("x")), "BAD_ARGUMENT", "is the entry's own file"],
  ["its own link", () => ownLink(entryOf("x")), "BAD_ARGUMENT", "is the entry's own file"],
  ["another name of its own file", () => hardLink(entryOf("x")), "BAD_ARGUMENT", "is the entry's own file"],
  [
    "a mode with a fraction",
    () => [entryOf("x"), path("a"), { mode: 0.5 }],
    "BAD_ARGUMENT",
    "option mode is 0.5",
  ],
  [
    "a mode that is text",
    () => [entryOf("x"), path("a"), { mode: "755" }],
    "BAD_ARGUMENT",
    'option mode is "755"',
  ],
  ["a mode with a file type", () => [entryOf("x"), path("a"), { mode: 0o100644 }], "BAD_ARGUMENT", "0o7777"],
  [
    "an unknown option",
    () => [entryOf("x"), path("a"), { mod: 1 }],
    "BAD_ARGUMENT",
    "expected one of: mode, signal",
  ],
  [
    "a signal that has fired",
    () => [entryOf("x"), path("a"), { signal: AbortSignal.abort() }],
    "ABORTED",
    "copyEntry",
  ],
  ["a path below a file", () => [entryOf("x"), join(entryOf("file").diskPath, "a")], "COPY_FAILED", "EEXIST"],
  ["a name that is too long", () => [entryOf("x"), path("x".repeat(300))], "COPY_FAILED", "ENAMETOOLONG"],
];

function fifo(): string {
  const made = join(directory, `fifo-${++count}`);
  Bun.spawnSync(["mkfifo", made]);
  return made;
}

function link(to: string): string {
  const made = join(directory, `link-${++count}`);
  symlinkSync(to, made);
  return made;
}

function own(entry: PutResult): [PutResult, string] {
  return [entry, entry.diskPath];
}

function throughLink(entry: PutResult): [PutResult, string] {
  return [entry, join(link(directory), entry.diskPath.slice(directory.length))];
}

function ownLink(entry: PutResult): [PutResult, string] {
  const diskPath = link(entry.diskPath);
  return [{ ...entry, diskPath }, diskPath];
}

function hardLink(entry: PutResult): [PutResult, string] {
  linkSync(entry.diskPath, `${entry.diskPath}-too`);
  return [entry, `${entry.diskPath}-too`];
}

describe("copyEntry rejects and leaves everything as it was for", () => {
  test.each(refused)("%s", async (_, make, code, message) => {
    writeFileSync(path("old"), "old");
    const [entry, to = path("old"), options] = make();
    const before = readdirSync(folder);
    // Callers without types may pass these.
    const error = await failure(copyEntry(entry as PutResult, to as string, options as CopyOptions));
    expect(error.code).toBe(code as "ABORTED");
    expect(error.message).toContain(message);
    expect(readdirSync(folder)).toEqual(before);
    expect(readFileSync(path("old"), "utf8")).toBe("old");
  });

  test("a file that is cut short while it's copied", async () => {
    const entry = entryOf(new Uint8Array(3_000_000));
    writeFileSync(path("copy"), "old");
    const signal = signalThat(() => truncateSync(entry.diskPath, 1_500_000), 4);
    // A clone has what the file had when it was cloned.
    const outcome = await copyEntry(entry, path("copy"), { signal }).catch((error: unknown) => error);
    if (outcome !== undefined) expect(outcome).toMatchObject({ code: "BODY_CHANGED" });
    expect(statSync(path("copy")).size).toBe(outcome === undefined ? 3_000_000 : 3);
    expect(readdirSync(folder)).toEqual(["copy"]);
  });

  test("a signal that fires while it's copied, or just before the copy takes its place", async () => {
    const entry = entryOf(new Uint8Array(3_000_000));
    writeFileSync(path("copy"), "old");
    for (const time of [2, 3, 4, 5, 6]) {
      const controller = new AbortController();
      const { signal } = controller;
      let times = 0;
      Object.defineProperty(signal, "aborted", { get: () => ++times >= time });
      expect(await failure(copyEntry(entry, path("copy"), { signal }))).toMatchObject({ code: "ABORTED" });
      expect(readdirSync(folder)).toEqual(["copy"]);
    }
    expect(readFileSync(path("copy"), "utf8")).toBe("old");
  });

  test("a path where a directory appears meanwhile", async () => {
    const entry = entryOf(new Uint8Array(3_000_000));
    const signal = signalThat(() => mkdirSync(path("copy")), 3);
    expect(await failure(copyEntry(entry, path("copy"), { signal }))).toMatchObject({
      code: "COPY_FAILED",
      cause: { code: "EISDIR" },
    });
    expect(readdirSync(folder)).toEqual(["copy"]);
  });

  test.skipIf(!isMounted)("a full disk (needs Linux and root, to mount a small file system)", async () => {
    writeFileSync(join(small, "old"), "old");
    const error = await failure(copyEntry(entryOf(new Uint8Array(3_000_000)), join(small, "old")));
    expect(error).toMatchObject({ code: "COPY_FAILED", cause: { code: "ENOSPC" } });
    expect(readdirSync(small)).toEqual(["old"]);
    expect(readFileSync(join(small, "old"), "utf8")).toBe("old");
  });

  test.skipIf(isRoot)("a directory that can't be written (root can write any)", async () => {
    chmodSync(folder, 0o500);
    expect(await failure(copyEntry(entryOf("x"), path("copy")))).toMatchObject({ code: "COPY_FAILED" });
    chmodSync(folder, 0o700);
  });
});

test("copyEntry reads on if the cache removes its file meanwhile", async () => {
  const bytes = new Random(5).bytes(3_000_000);
  const entry = entryOf(bytes);
  const signal = signalThat(() => rmSync(entry.diskPath), 3);
  await copyEntry(entry, path("copy"), { signal });
  expect(readFileSync(path("copy")).equals(bytes)).toBe(true);
});

test("copyEntry leaves no temporary file if the process exits meanwhile", () => {
  const { outputID, size, diskPath } = entryOf(new Uint8Array(3_000_000));
  const script = `
    import { copyEntry } from ${JSON.stringify(join(import.meta.dir, "../../src/index.ts"))};
    import { readdirSync } from "node:fs";
    const { signal } = new AbortController();
    let times = 0;
    const leave = () => {
      if (++times < 3) return false;
      console.log(readdirSync(${JSON.stringify(folder)}).length);
      process.exit(0);
    };
    Object.defineProperty(signal, "aborted", { get: leave });
    const entry = { outputID: Uint8Array.fromHex("${outputID.toHex()}"), size: ${size}, diskPath: ${JSON.stringify(diskPath)} };
    await copyEntry(entry, ${JSON.stringify(path("copy"))}, { signal });
  `;
  const { stdout } = Bun.spawnSync([process.execPath, "-e", script]);
  expect(stdout.toString()).toBe("1\n");
  expect(readdirSync(folder)).toEqual([]);
});
