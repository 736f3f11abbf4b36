import { afterAll, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DiskStore } from "../../../src/server/index.ts";
import { action, bodyOf, close, get, put as putText, sha256 } from "../client-bytes.ts";
import { ServerProcess } from "../server-process.ts";
import { putWhole as put } from "../store-puts.ts";
import { TempDirectory } from "../temp-directory.ts";

const isRoot = process.getuid?.() === 0;
const parent = new TempDirectory();
/** The mount point of a 1 MiB file system, if this user may mount one. */
const small = join(parent.path, "small");
mkdirSync(small);
const isMounted =
  process.platform === "linux" && isRoot && mount(["-t", "tmpfs", "-o", "size=1m", "cacheprogw-test", small]);

afterAll(() => {
  if (isMounted) Bun.spawnSync(["umount", small]);
  parent[Symbol.dispose]();
});

function mount(args: readonly string[]): boolean {
  return Bun.which("mount") !== null && Bun.spawnSync(["mount", ...args]).success;
}

/** Checks that puts are kept outside the store until close, with one warning that gives this reason. */
function expectToKeepElsewhere(store: DiskStore, warnings: string[], reason: string): void {
  const bodies = [1, 2, 3].map((seed) => bodyOf(1_100_000, seed));
  expect(store.canPut).toBe(true);
  const paths = bodies.map((body, at) => put(store, action(`${at}`), body));
  for (const [at, path] of paths.entries()) {
    expect(path).not.toStartWith(store.directory);
    expect(readFileSync(path).equals(bodies[at] ?? bodyOf(0))).toBe(true);
    const hit = store.get({ id: 1, actionID: action(`${at}`) });
    expect(hit).toMatchObject({ size: 1_100_000, diskPath: path });
    expect(DiskStore.open(store.directory).get({ id: 1, actionID: action(`${at}`) })).toBeNull();
  }
  expect(store.get({ id: 1, actionID: action("kept") })).toMatchObject({ size: 9 });
  expect(warnings).toHaveLength(1);
  const why = `cacheprogw: the store in ${store.directory} can't be written: ${reason}: `;
  expect(warnings[0]).toStartWith(why);
  expect(warnings[0]).toEndWith("; hits are served, and puts are kept until close");
  store.close();
  expect(paths.filter(existsSync)).toEqual([]);
  expect(store.get({ id: 1, actionID: action("1") })).toBeNull();
}

const needsMount = "(needs Linux and root, to mount a small file system)";

test.skipIf(!isMounted)(`bodies that a full disk has no room for are kept until close ${needsMount}`, () => {
  const warnings: string[] = [];
  const store = DiskStore.open(join(small, "full"), { warn: (line) => warnings.push(line) });
  put(store, action("kept"), bodyOf(9));
  expectToKeepElsewhere(store, warnings, "ENOSPC");
  expect(readdirSync(join(store.directory, "tmp"))).toEqual([]);
  expect(put(store, action("small again"), bodyOf(10))).toStartWith(store.directory);
  expect(DiskStore.open(store.directory).get({ id: 1, actionID: action("small again") })).not.toBeNull();
});

test.skipIf(!isMounted)(
  `an action is a hit until close if the store has room for its body but not for its entry ${needsMount}`,
  () => {
    const warnings: string[] = [];
    const store = DiskStore.open(join(small, "entry"), { warn: (line) => warnings.push(line) });
    put(store, action("b"), bodyOf(5));
    const page = new Uint8Array(4096);
    let filled = 0;
    try {
      for (; ; filled++) writeFileSync(join(small, `filler-${filled}`), page);
    } catch {
      rmSync(join(small, `filler-${filled}`));
    }
    rmSync(join(small, "filler-0"));
    const path = put(store, action("b"), bodyOf(1000));
    expect(path).toStartWith(store.directory);
    // The last put wins, although the store still has the entry of the one before.
    expect(store.get({ id: 1, actionID: action("b") })).toMatchObject({ size: 1000, diskPath: path });
    for (let at = 1; at < filled; at++) rmSync(join(small, `filler-${at}`));
    put(store, action("b"), bodyOf(1001));
    for (const reader of [store, DiskStore.open(store.directory)])
      expect(reader.get({ id: 1, actionID: action("b") })).toMatchObject({ size: 1001 });
    store.close();
    expect(existsSync(path)).toBe(true);
    expect(warnings).toHaveLength(1);
  },
);

test.skipIf(!isMounted)(
  `a server on a full disk answers every put with a file and warns once ${needsMount}`,
  async () => {
    await using server = new ServerProcess(["--dir", join(small, "server")]);
    const bodies = [2, 3].map((seed) => bodyOf(1_100_000, seed));
    server.write(putText(1, action("kept"), bodyOf(9)));
    server.write(bodies.map((body, at) => putText(at + 2, action(`${at}`), body)).join(""));
    const answers = await server.take(4);
    expect(answers.map(({ ID }) => ID)).toEqual([0, 1, 2, 3]);
    for (const [at, { DiskPath = "" }] of answers.slice(2).entries())
      expect(readFileSync(DiskPath).equals(bodies[at] ?? bodyOf(0))).toBe(true);
    server.write(get(4, action("kept")) + get(5, action("1")) + close(6));
    expect(await server.rest()).toMatchObject([
      { ID: 4, Size: 9 },
      { ID: 5, DiskPath: answers[3]?.DiskPath },
      { ID: 6 },
    ]);
    expect(existsSync(answers[3]?.DiskPath ?? "")).toBe(false);
    expect(await server.stderr()).toMatch(/^cacheprogw: .*ENOSPC.*; .* until close\n$/);
    expect(await server.child.exited).toBe(0);
  },
);

test.skipIf(!isMounted)(`if TMPDIR is full too, a put fails and names both causes ${needsMount}`, () => {
  const { TMPDIR } = process.env;
  process.env.TMPDIR = small;
  for (const name of readdirSync(small)) rmSync(join(small, name), { recursive: true });
  try {
    const warnings: string[] = [];
    const store = DiskStore.open(join(small, "both"), { warn: (line) => warnings.push(line) });
    // A small body still fits into either.
    expect(put(store, action("a"), bodyOf(9))).toStartWith(store.directory);
    const large = () => put(store, action("b"), bodyOf(1_100_000));
    expect(large).toThrow(
      /^the store in .* can't be written: ENOSPC: .*; and elsewhere: .* has only \d+ bytes left$/,
    );
    expect(store.get({ id: 1, actionID: action("b") })).toBeNull();
    store.close();
    const names = [
      "CACHEDIR.TAG",
      "tmp",
      "trim.txt",
      action("a").toHex().slice(0, 2),
      sha256(bodyOf(9)).toHex().slice(0, 2),
    ];
    expect(readdirSync(store.directory).sort()).toEqual(names.sort());
    // With less than 256 KiB left, the next start doesn't declare put.
    writeFileSync(join(small, "filler"), new Uint8Array(900_000));
    const next = DiskStore.open(store.directory, { warn: (line) => warnings.push(line) });
    expect(Object.keys(next.handlers).sort()).toEqual(["close", "get"]);
    expect(next.handlers.get?.({ id: 1, actionID: action("a") })).toMatchObject({ size: 9 });
    next.handlers.close?.();
    expect(warnings).toHaveLength(2);
    expect(warnings[0]).toEndWith("bytes left; puts fail, and hits are served");
    expect(warnings[1]).toMatch(
      /can't be written: there is room for \d+ bytes .*; only hits are served, because TMPDIR can't be written either: /,
    );
  } finally {
    rmSync(join(small, "filler"), { force: true });
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
  }
});

test.skipIf(!isMounted)(`puts on a read-only file system are kept until close ${needsMount}`, () => {
  const warnings: string[] = [];
  const path = join(small, "read-only");
  const writable = DiskStore.open(path);
  expect(put(writable, action("kept"), bodyOf(9))).toStartWith(path);
  expect(mount(["-o", "remount,ro", small])).toBe(true);
  try {
    expectToKeepElsewhere(DiskStore.open(path, { warn: (line) => warnings.push(line) }), warnings, "EROFS");
    // The same goes for a store that doesn't exist and can't be created.
    const absent = DiskStore.open(join(small, "absent"), { warn: () => {} });
    expect(absent.get({ id: 1, actionID: action("a") })).toBeNull();
    put(absent, action("a"), bodyOf(7));
    expect(absent.get({ id: 1, actionID: action("a") })).toMatchObject({ size: 7 });
    absent.close();
  } finally {
    expect(mount(["-o", "remount,rw", small])).toBe(true);
  }
});

test.skipIf(isRoot)(
  "puts into a directory without write permission are kept until close (not as root, who may write anywhere)",
  () => {
    const warnings: string[] = [];
    const path = join(parent.path, "forbidden");
    put(DiskStore.open(path), action("kept"), bodyOf(9));
    for (const directory of [path, join(path, "tmp")]) chmodSync(directory, 0o555);
    try {
      expectToKeepElsewhere(
        DiskStore.open(path, { warn: (line) => warnings.push(line) }),
        warnings,
        "EACCES",
      );
    } finally {
      for (const directory of [path, join(path, "tmp")]) chmodSync(directory, 0o755);
    }
  },
);

test.skipIf(process.platform !== "linux" || !Bun.spawnSync(["unshare", "-U", "true"]).success)(
  "a server without write permission answers puts with files; if TMPDIR is forbidden too, it declares no put (needs unshare -U)",
  async () => {
    // In a user namespace without a mapping, root is nobody.
    const path = join(parent.path, "forbidden to all");
    put(DiskStore.open(path), action("kept"), bodyOf(9));
    const places = [path, join(path, "tmp"), parent.path];
    for (const place of places) chmodSync(place, 0o555);
    try {
      await using server = new ServerProcess(["--dir", path], { under: ["unshare", "-U"] });
      server.write(
        putText(1, action("a"), bodyOf(7)) + get(2, action("a")) + get(3, action("kept")) + close(4),
      );
      const answers = await server.rest();
      expect(answers).toMatchObject([
        { ID: 0 },
        { ID: 1 },
        { ID: 2, Size: 7 },
        { ID: 3, Size: 9 },
        { ID: 4 },
      ]);
      expect(await server.stderr()).toMatch(/^cacheprogw: .*EACCES.*\n$/);
      await using nowhere = new ServerProcess(["--dir", path], {
        under: ["unshare", "-U"],
        env: { ...process.env, TMPDIR: parent.path },
      });
      nowhere.write(get(1, action("kept")) + close(2));
      expect(await nowhere.rest()).toMatchObject([
        { KnownCommands: ["get", "close"] },
        { ID: 1, Size: 9 },
        { ID: 2 },
      ]);
      expect(await nowhere.stderr()).toMatch(
        /^cacheprogw: .*EACCES.*; only hits are served, because .*EACCES.*\n$/,
      );
    } finally {
      for (const place of places) chmodSync(place, 0o755);
    }
  },
);
