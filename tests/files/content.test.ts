import { describe, expect, setSystemTime, test } from "bun:test";
import {
  type BigIntStats,
  lstatSync,
  readFileSync,
  renameSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { ContentReader } from "../../src/files/content.ts";
import { Tree } from "./tree.ts";

const chunk = 1024 * 1024;
const small = 64 * 1024;

function status(path: string): BigIntStats {
  return lstatSync(path, { bigint: true });
}

/** Reads a file of two chunks, and calls `change` after the first chunk of one of the readings. */
async function read(path: string, change: () => void = () => {}, reading = 1): Promise<string> {
  let pauses = 0;
  const reader = new ContentReader(() => {
    // A reading of two whole chunks pauses after each.
    if (++pauses === 2 * reading - 1) change();
    return undefined;
  });
  const { digest } = await reader.read(path, "a", status(path));
  const right = new Bun.CryptoHasher("sha256").update(readFileSync(path)).digest("hex");
  return `${digest.toHex() === right ? "right" : "wrong"}, after ${pauses / 2}`;
}

function twoChunks(): Tree {
  const tree = new Tree();
  tree.write("a", Buffer.alloc(2 * chunk, "x"));
  tree.age("a");
  return tree;
}

describe("a file is read", () => {
  test("twice if its times are fresh, once if they aren't", async () => {
    using tree = twoChunks();
    expect(await read(tree.at("a"))).toBe("right, after 2");
    setSystemTime(new Date(Date.now() + 3_600_000));
    expect(await read(tree.at("a"))).toBe("right, after 1");
    // A chmod or a link in the meantime changes the ctime alone.
    const touch = () => utimesSync(tree.at("a"), 1e9, 1e9);
    expect(await read(tree.at("a"), touch)).toBe("right, after 2");
    setSystemTime();
  });

  test("to its end, also if it has more than its status said", async () => {
    using tree = new Tree();
    for (const size of [0, 1, small - 1, small, small + 1, chunk - 1, chunk, chunk + 1, small - 1]) {
      tree.write("a", Buffer.alloc(size, "y"));
      expect(await read(tree.at("a"))).toStartWith("right");
    }
  });
});

describe("a change is found", () => {
  test.each<[string, string, (path: string) => void, readings?: readonly number[]]>([
    ["of the size", "it had 2097152 bytes, then 2097153", (path) => append(path)],
    ["of the modification time", "its modification time differs", (path) => utimesSync(path, 1, 1)],
    // What the second reading has passed already is hashed as it was before.
    ["of the content, with the time set back", "its content differs", (path) => overwrite(path), [1]],
    [
      "of the file behind the path",
      "it's no longer a file",
      (path) => {
        renameSync(path, `${path}.old`);
        symlinkSync(`${path}.old`, path);
      },
      // An open file stays the same file.
      [1],
    ],
  ])("%s", async (_, how, change, readings = [1, 2]) => {
    for (const reading of readings) {
      using tree = twoChunks();
      const path = tree.at("a");
      const error = await read(path, () => change(path), reading).catch((error: unknown) => error);
      expect(error).toMatchObject({ code: "FILE_CHANGED" });
      expect(String(error)).toContain(how);
    }
  });

  test("between the status and the first reading: another inode", async () => {
    using tree = new Tree("a", "b");
    const reader = new ContentReader(() => undefined);
    const before = status(tree.at("a"));
    renameSync(tree.at("b"), tree.at("a"));
    const error = await reader.read(tree.at("a"), "a", before).catch((error: unknown) => error);
    expect(String(error)).toContain("a changed while it was hashed: another file took its place");
  });
});

function append(path: string): void {
  writeFileSync(path, "y", { flag: "a" });
  utimesSync(path, 1e9, 1e9);
}

function overwrite(path: string): void {
  writeFileSync(path, "y", { flag: "r+" });
  utimesSync(path, 1e9, 1e9);
}
