import { afterEach, beforeEach, describe, expect, setSystemTime, test } from "bun:test";
import { lstatSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DigestCache } from "../../src/files/digest-cache.ts";
import type { FileSet } from "../../src/files/file-set.ts";
import { Tree } from "./tree.ts";

/** Of all files, the times are no longer fresh. */
beforeEach(() => {
  setSystemTime(new Date(Date.now() + 3_600_000));
});
afterEach(() => {
  setSystemTime();
});

function set(tree: Tree): Promise<FileSet> {
  return tree.set("src", { digests: tree.at("cache/digests") });
}

/** A tree whose digests are remembered. */
async function remembered(...files: readonly string[]): Promise<Tree> {
  const tree = new Tree(...files);
  expect(await set(tree)).toMatchObject({ filesRead: files.length, unsaved: undefined });
  return tree;
}

describe("files that haven't changed", () => {
  test("aren't read again", async () => {
    using tree = await remembered("src/a", "src/b");
    const before = await tree.set("src");
    expect(await set(tree)).toEqual({ ...before, filesRead: 0 });
    tree.write("src/c");
    expect(await set(tree)).toMatchObject({ filesRead: 1, files: [{}, {}, { path: "src/c" }] });
    expect(await set(tree)).toMatchObject({ filesRead: 0, files: [{}, {}, {}] });
  });

  test("are read again if their times are fresh: the next write may leave them as they are", async () => {
    setSystemTime();
    using tree = new Tree("src/a");
    expect(await set(tree)).toMatchObject({ filesRead: 1 });
    expect(await set(tree)).toMatchObject({ filesRead: 1 });
    tree.age("src/a");
    expect(await set(tree)).toMatchObject({ filesRead: 1 });
    setSystemTime(new Date(Date.now() + 10_000));
    expect(await set(tree)).toMatchObject({ filesRead: 1 });
    expect(await set(tree)).toMatchObject({ filesRead: 0 });
  });

  test("are known in one set after another of the same cache, and to other processes", async () => {
    using tree = new Tree("src/a", "lib/b");
    const digests = new DigestCache(tree.at("digests"));
    expect(await tree.set("src", { digests })).toMatchObject({ filesRead: 1 });
    expect(await tree.set("lib", { digests })).toMatchObject({ filesRead: 1 });
    expect(await tree.set(".", { digests })).toMatchObject({ filesRead: 0, files: [{}, {}] });
    expect(await tree.set(".", { digests: tree.at("digests") })).toMatchObject({ filesRead: 0 });
  });
});

describe("a changed file is read again, with the same size and", () => {
  test.each<[string, (tree: Tree) => void]>([
    ["another time", (tree) => tree.write("src/a", "src/b")],
    [
      "the same modification time",
      (tree) => {
        tree.write("src/a", "src/b");
        tree.age("src/a");
      },
    ],
    [
      "another inode",
      (tree) => {
        tree.write("src/new", "src/b");
        tree.age("src/new");
        renameSync(tree.at("src/new"), tree.at("src/a"));
      },
    ],
  ])("%s", async (_, change) => {
    using tree = new Tree("src/a");
    tree.age("src/a");
    await set(tree);
    change(tree);
    const changed = await set(tree);
    expect(changed).toEqual({ ...(await tree.set("src")), filesRead: 1 });
    expect(changed.files).toMatchObject([{ size: 5 }]);
  });

  test.each(["size", "mtimeNs", "ctimeNs", "ino"] as const)("another %s", async (name) => {
    using tree = new Tree("a");
    const stats = lstatSync(tree.at("a"), { bigint: true });
    const digests = new DigestCache(tree.at("digests"));
    digests.add(tree.at("a"), stats, new Uint8Array(32).fill(1));
    expect(digests.find(tree.at("a"), stats)).toEqual(new Uint8Array(32).fill(1));
    stats[name] += 1n;
    expect(digests.find(tree.at("a"), stats)).toBeUndefined();
  });
});

describe("a file of digests", () => {
  test("that is damaged anywhere counts as empty, and is replaced", async () => {
    using tree = await remembered("src/a");
    const path = tree.at("cache/digests");
    const whole = readFileSync(path);
    const right = await tree.set("src");
    for (let at = "cacheprogw digests ".length; at < whole.length; at++) {
      const damaged = Uint8Array.from(whole);
      damaged[at] = 0x55 ^ (damaged[at] ?? 0);
      for (const content of [damaged, whole.subarray(0, at)]) {
        writeFileSync(path, content);
        expect(await set(tree)).toEqual(right);
        expect(readFileSync(path)).toEqual(whole);
      }
    }
    for (const content of ["", new Uint8Array(100)]) {
      writeFileSync(path, content);
      expect(await set(tree)).toEqual(right);
      expect(await set(tree)).toMatchObject({ filesRead: 0 });
    }
  });

  test("of another version counts as empty, and is replaced", async () => {
    using tree = await remembered("src/a");
    const path = tree.at("cache/digests");
    const whole = readFileSync(path);
    const other = Buffer.from(whole.subarray(0, -32));
    other.write("2", "cacheprogw digests ".length);
    writeFileSync(path, Buffer.concat([other, new Bun.CryptoHasher("sha256").update(other).digest()]));
    expect(await set(tree)).toMatchObject({ filesRead: 1, unsaved: undefined });
    expect(readFileSync(path)).toEqual(whole);
  });

  test("isn't replaced if it holds something else: the path may be a mistake", async () => {
    using tree = new Tree("src/a", "package.json");
    const found = await tree.set("src", { digests: tree.at("package.json") });
    expect(found).toMatchObject({
      filesRead: 1,
      files: [{ path: "src/a" }],
      unsaved: { code: "STORE_FAILED" },
    });
    expect(found.unsaved?.message).toContain("/package.json: the file there holds something else");
    expect(readFileSync(tree.at("package.json"), "utf8")).toBe("package.json");
    expect(readdirSync(tree.root).sort()).toEqual(["package.json", "src"]);
  });

  test("that can't be written doesn't fail the set", async () => {
    using tree = new Tree("src/a", "folder/");
    expect(Bun.spawnSync(["mkfifo", tree.at("fifo")]).exitCode).toBe(0);
    for (const path of ["src/a/digests", "folder", "fifo"]) {
      const found = await tree.set("src", { digests: tree.at(path) });
      expect(found).toMatchObject({ filesRead: 1, unsaved: { code: "STORE_FAILED" } });
    }
    expect(readdirSync(tree.root).sort()).toEqual(["fifo", "folder", "src"]);
  });

  test("stays whole if the disk is full", async () => {
    using tree = await remembered("src/a");
    const before = readFileSync(tree.at("cache/digests"));
    tree.write("src/b");
    const script = `
      import { fileSet } from ${JSON.stringify(join(import.meta.dir, "../../src/files/file-set.ts"))};
      Date.now = () => ${Date.now()};
      const { filesRead, unsaved } = await fileSet("src", { digests: "cache/digests" });
      console.log(filesRead, unsaved?.code);
    `;
    const limited = [
      "sh",
      "-c",
      `trap "" XFSZ; ulimit -f 0; exec "$0" -e "$1" | cat`,
      process.execPath,
      script,
    ];
    const { stdout } = Bun.spawnSync(limited, { cwd: tree.root });
    expect(stdout.toString()).toBe("1 STORE_FAILED\n");
    expect(readFileSync(tree.at("cache/digests"))).toEqual(before);
    expect(readdirSync(tree.at("cache"))).toEqual(["digests"]);
  });

  test.each(["out/digests", "link/digests", "new/deep/digests"])(
    "is never part of a set, nor is the temporary file that replaces it: %s",
    async (path) => {
      using tree = new Tree("a", "out/digests.log");
      tree.link("link", "out");
      const digests = new DigestCache(tree.at(path));
      tree.write("out/digests.0d0ecd4b-8d2f-4b29-a6e4-9f5a4b5b2d10.tmp");
      tree.write("new/deep/digests.0d0ecd4b-8d2f-4b29-a6e4-9f5a4b5b2d10.tmp");
      const globs = [
        "a",
        path.startsWith("new") ? "new" : "out/*.log",
        path.startsWith("new") ? "out/*.log" : "out",
      ];
      const set = { files: [{ path: "a" }, { path: "out/digests.log" }] };
      expect(await tree.set(globs, { digests })).toMatchObject(set);
      expect(await tree.set(globs, { digests })).toMatchObject({ ...set, filesRead: 0 });
      expect(await tree.set(globs, { digests: tree.at(path) })).toMatchObject({ ...set, filesRead: 0 });
    },
  );

  test("has no old temporary files beside it: a process that was killed left them", async () => {
    using tree = new Tree("src/a", "cache/digests.tmp", "cache/digests.log");
    const [old, recent] = ["0d0ecd4b-8d2f-4b29-a6e4-9f5a4b5b2d10", "0d0ecd4b-8d2f-4b29-a6e4-9f5a4b5b2d11"];
    for (const id of [old, recent]) tree.write(`cache/digests.${id}.tmp`);
    for (const name of [`digests.${old}.tmp`, "digests.tmp", "digests.log"]) tree.age(`cache/${name}`);
    setSystemTime(new Date(Date.now() - 3_540_000));
    await set(tree);
    expect(readdirSync(tree.at("cache")).sort()).toEqual([
      "digests",
      `digests.${recent}.tmp`,
      "digests.log",
      "digests.tmp",
    ]);
  });

  test("keeps 100,000 entries; with more, only those that were asked for", () => {
    using tree = new Tree("a");
    const stats = lstatSync(tree.at("a"), { bigint: true });
    const first = new DigestCache(tree.at("digests"));
    for (let at = 0; at < 100_000; at++) first.add(`/file/${at}`, stats, new Uint8Array(32).fill(at));
    first.save();
    const second = new DigestCache(tree.at("digests"));
    expect(second.find("/file/99999", stats)).toEqual(new Uint8Array(32).fill(99_999));
    second.add("/one/more", stats, new Uint8Array(32));
    second.save();
    const third = new DigestCache(tree.at("digests"));
    const known = (path: string) => third.find(path, stats) !== undefined;
    expect(["/file/99999", "/one/more", "/file/0"].map(known)).toEqual([true, true, false]);
  });
});
