import { describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { CacheProgError, fileSetKey } from "../../src/index.ts";
import { Tree } from "./tree.ts";

async function key(tree: Tree, globs: string | readonly string[] = "."): Promise<string> {
  return (await fileSetKey(globs, { cwd: tree.root })).toHex();
}

function project(): Tree {
  const tree = new Tree("src/a.ts", "src/b.ts");
  tree.link("src/link", "a.ts");
  tree.write("run.sh", "#!/bin/sh\n", 0o755);
  return tree;
}

describe("the key of files", () => {
  test("is that of the documented test vector", async () => {
    using tree = new Tree();
    tree.write("a", "x");
    tree.link("b", "a");
    const bytes =
      "cacheprogw file set 1\0" +
      "100644 2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881 a\0" +
      "120000 ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb b\0";
    const vector = "ffe6ea3d39c5a505af6d7dcc75d8eaf762312f9f60f202e3c3640ccee33e30cf";
    expect(await key(tree)).toBe(vector);
    expect(new Bun.CryptoHasher("sha256").update(bytes).digest("hex")).toBe(vector);
  });

  test("has the modes of executable files and of empty folders", async () => {
    using tree = new Tree("empty/");
    tree.write("run", "", 0o755);
    const empty = new Bun.CryptoHasher("sha256").digest("hex");
    const bytes = `cacheprogw file set 1\x00040000 ${empty} empty\x00100755 ${empty} run\0`;
    const found = await fileSetKey(".", { cwd: tree.root, directories: true });
    expect(found.toHex()).toBe(new Bun.CryptoHasher("sha256").update(bytes).digest("hex"));
  });

  test("is the same in another folder, with another umask and other times", async () => {
    using one = project();
    using other = project();
    chmodSync(other.at("src/a.ts"), 0o600);
    chmodSync(other.at("run.sh"), 0o700);
    other.age("src/b.ts");
    expect(await key(other)).toBe(await key(one));
    expect(await key(other, ["run.sh", "src/**"])).toBe(await key(one));
  });

  test.each<[string, (tree: Tree) => void]>([
    ["content", (tree) => tree.write("src/a.ts", "src/b.ts")],
    ["name", (tree) => renameSync(tree.at("src/a.ts"), tree.at("src/c.ts"))],
    ["folder", (tree) => renameSync(tree.at("src"), tree.at("lib"))],
    ["executable bit", (tree) => chmodSync(tree.at("src/a.ts"), 0o755)],
    ["missing file", (tree) => rmSync(tree.at("src/a.ts"))],
    ["new file", (tree) => tree.write("src/c.ts", "")],
    [
      "link's target",
      (tree) => {
        rmSync(tree.at("src/link"));
        tree.link("src/link", "b.ts");
      },
    ],
    [
      "file that holds what the link's target was",
      (tree) => {
        rmSync(tree.at("src/link"));
        tree.write("src/link", "a.ts");
      },
    ],
    [
      "exchange of contents",
      (tree) => {
        tree.write("src/a.ts", "src/b.ts");
        tree.write("src/b.ts", "src/a.ts");
      },
    ],
  ])("differs after a change of one thing: %s", async (_, change) => {
    using tree = project();
    const before = await key(tree);
    change(tree);
    expect(await key(tree)).not.toBe(before);
  });

  test("doesn't depend on folders without files, unless asked for", async () => {
    using tree = project();
    const before = await key(tree);
    mkdirSync(tree.at("empty"));
    expect(await key(tree)).toBe(before);
    expect((await fileSetKey(".", { cwd: tree.root, directories: true })).toHex()).not.toBe(before);
  });
});

test("a pattern that matches nothing is told to the caller", async () => {
  using tree = project();
  const unmatched: string[] = [];
  const globs = ["src/*.ts", "scr/*.ts", "!none", "package.json"];
  const options = { cwd: tree.root, onUnmatched: (pattern: string) => unmatched.push(pattern) };
  await fileSetKey(globs, options);
  expect(unmatched).toEqual(["scr/*.ts", "package.json"]);
});

test("wrong options and files that can't be read are refused", async () => {
  using tree = project();
  const failure = (options: object) => fileSetKey(".", options).catch((error: unknown) => error);
  expect(await failure({ onUnmatched: 1 })).toMatchObject({ code: "BAD_ARGUMENT" });
  expect(String(await failure({ onUnmatch: 1 }))).toContain("digests, onUnmatched");
  // @ts-expect-error: this is what a caller without types may pass
  expect(await failure(null)).toMatchObject({ code: "BAD_ARGUMENT" });
  const error = await failure({ cwd: tree.at("nowhere") });
  expect(error).toBeInstanceOf(CacheProgError);
  expect(error).toMatchObject({ code: "FILE_UNREADABLE" });
});
