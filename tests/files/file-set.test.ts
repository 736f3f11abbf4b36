import { describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { compareUTF8 } from "../../src/text.ts";
import { Tree } from "./tree.ts";

function sha256(data: string | Uint8Array): Uint8Array {
  return new Uint8Array(new Bun.CryptoHasher("sha256").update(data).digest());
}

async function failure(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => "no failure",
    (error: unknown) => error,
  );
}

describe("an entry", () => {
  test("of a file has its size, its digest, and whether its owner may execute it", async () => {
    using tree = new Tree();
    tree.write("a", "", 0o600);
    tree.write("b.sh", "x", 0o755);
    tree.write("c", new Uint8Array(3 * 1024 * 1024 + 5).fill(7));
    chmodSync(tree.at("b.sh"), 0o700);
    chmodSync(tree.at("c"), 0o644);
    tree.write("d", "y");
    chmodSync(tree.at("d"), 0o611);
    const { files, filesRead } = await tree.set(".");
    expect(files).toEqual([
      { kind: "file", path: "a", executable: false, mode: 0o600, size: 0, digest: sha256("") },
      { kind: "file", path: "b.sh", executable: true, mode: 0o700, size: 1, digest: sha256("x") },
      {
        kind: "file",
        path: "c",
        executable: false,
        mode: 0o644,
        size: 3 * 1024 * 1024 + 5,
        digest: sha256(new Uint8Array(3 * 1024 * 1024 + 5).fill(7)),
      },
      { kind: "file", path: "d", executable: false, mode: 0o611, size: 1, digest: sha256("y") },
    ]);
    expect(filesRead).toBe(4);
  });

  test("of a symbolic link has its target, and nothing behind it is entered", async () => {
    using tree = new Tree("src/a", "other/b");
    tree.link("src/loop", ".");
    tree.link("src/up", "..");
    tree.link("src/out", "../other");
    tree.link("src/gone", "no\nwhere/é");
    const { files } = await tree.set(["src/**", "src/loop/a", "src/out/**"]);
    expect(files.map((file) => [file.path, file.kind === "symlink" ? file.target : file.kind])).toEqual([
      ["src/a", "file"],
      ["src/gone", "no\nwhere/é"],
      ["src/loop", "."],
      ["src/out", "../other"],
      ["src/up", ".."],
    ]);
  });

  test("comes in the order of UTF-8", async () => {
    using tree = new Tree("b/c", "b-c", "b.c", "a", "\uffee", "\u{1f600}", "B");
    const paths = await tree.paths(".");
    expect(paths).toEqual(["B", "a", "b-c", "b.c", "b/c", "\uffee", "\u{1f600}"]);
    expect(paths.toSorted(compareUTF8)).toEqual(paths);
  });

  test("isn't made of FIFOs and sockets", async () => {
    using tree = new Tree("a");
    expect(Bun.spawnSync(["mkfifo", tree.at("fifo")]).exitCode).toBe(0);
    using _server = Bun.listen({ unix: tree.at("socket"), socket: { data() {} } });
    const set = await tree.set([".", "fifo", "!node_modules"]);
    expect(set).toMatchObject({ files: [{ path: "a" }], unmatched: ["fifo"] });
    expect(set.special).toBeArrayOfSize(2);
    expect(set.special).toContainEqual({ kind: "FIFO", path: "fifo" });
    expect(set.special).toContainEqual({ kind: "socket", path: "socket" });
    expect((await tree.set("a")).special).toEqual([]);
  });
});

describe("a name that isn't valid UTF-8", () => {
  const invalid = (tree: Tree) => {
    writeFileSync(Buffer.concat([Buffer.from(tree.at("src/bad")), Buffer.of(0xff, 0x2e)]), "x");
    return tree;
  };

  test.skipIf(process.platform === "darwin")("is an error, which shows its bytes", async () => {
    using tree = invalid(new Tree("src/a"));
    expect(await failure(tree.set("src"))).toMatchObject({
      code: "FILE_UNREADABLE",
      message: "can't read the name src/bad\\xff.: it isn't valid UTF-8; rename it, or exclude it",
    });
    expect(await tree.paths(["src", "!src/bad*"])).toEqual(["src/a"]);
    expect(await tree.paths("src/a")).toEqual(["src/a"]);
  });

  test("isn't one that contains U+FFFD itself", async () => {
    using tree = new Tree("src/a\ufffd");
    expect(await tree.paths("src")).toEqual(["src/a\ufffd"]);
  });

  test.skipIf(process.platform === "darwin")("is an error in the target of a link, too", async () => {
    using tree = new Tree();
    expect(Bun.spawnSync(["sh", "-c", `ln -s "$(printf 'a\\377')" "$1"`, "sh", tree.at("l")]).exitCode).toBe(
      0,
    );
    expect(await failure(tree.set("."))).toMatchObject({
      code: "FILE_UNREADABLE",
      message: expect.stringContaining(
        "can't read the file l: it's a symbolic link to a name that isn't valid",
      ),
    });
  });
});

describe("a set fails", () => {
  test("if cwd isn't a folder", async () => {
    using tree = new Tree("a");
    for (const cwd of [tree.at("nowhere"), tree.at("a")]) {
      expect(await failure(tree.set(".", { cwd }))).toMatchObject({
        code: "FILE_UNREADABLE",
        message: expect.stringContaining(`can't read the folder ${cwd}: ENO`),
      });
    }
  });

  test.skipIf(process.getuid?.() === 0)(
    "if a file or folder may not be read (skipped for root, who may read everything)",
    async () => {
      using tree = new Tree("src/a", "locked/");
      chmodSync(tree.at("src/a"), 0);
      expect(await failure(tree.set("src"))).toMatchObject({ code: "FILE_UNREADABLE" });
      chmodSync(tree.at("locked"), 0);
      expect(await failure(tree.set("locked"))).toMatchObject({ code: "FILE_UNREADABLE" });
      chmodSync(tree.at("locked"), 0o700);
    },
  );

  /** Has a set read 32 MiB, and changes something as soon as the event loop gets a turn. */
  async function meanwhile(change: (tree: Tree) => void): Promise<unknown> {
    using tree = new Tree();
    tree.write("a", Buffer.alloc(32 * 1024 * 1024, "x"));
    tree.age("a");
    tree.write("b");
    const set = failure(tree.set("."));
    const turn = Promise.withResolvers<void>();
    setTimeout(() => {
      change(tree);
      turn.resolve();
    }, 0);
    await turn.promise;
    return await set;
  }

  test.each<[string, RegExp, (tree: Tree) => void]>([
    [
      "a file grows",
      /^a changed while it was hashed: /,
      (tree) => writeFileSync(tree.at("a"), "y", { flag: "a" }),
    ],
    ["a file is truncated", /^a changed while it was hashed: /, (tree) => writeFileSync(tree.at("a"), "")],
    ["a file is gone", /^b changed while it was hashed: it's gone$/, (tree) => rmSync(tree.at("b"))],
    [
      "a folder takes a file's place",
      /^b changed while it was hashed: it became a folder$/,
      (tree) => {
        rmSync(tree.at("b"));
        mkdirSync(tree.at("b"));
      },
    ],
    [
      "a FIFO takes a file's place",
      /^b changed while it was hashed: it's no longer a regular file$/,
      (tree) => {
        rmSync(tree.at("b"));
        Bun.spawnSync(["mkfifo", tree.at("b")]);
      },
    ],
    [
      "a file is written with its times kept",
      /^a changed while it was hashed: its content differs$/,
      (tree) => {
        writeFileSync(tree.at("a"), "y", { flag: "r+" });
        tree.age("a");
      },
    ],
  ])("if %s in the meantime", async (_, message, change) => {
    expect(await meanwhile(change)).toMatchObject({
      code: "FILE_CHANGED",
      message: expect.stringMatching(message),
    });
  });

  test("but not if a file is only linked in the meantime, or another takes the place of one that's yet to be read", async () => {
    const result = await meanwhile((tree) => {
      writeFileSync(tree.at("new"), "new");
      renameSync(tree.at("new"), tree.at("b"));
      Bun.spawnSync(["ln", tree.at("a"), tree.at("../hard-link-of-a")]);
      rmSync(tree.at("../hard-link-of-a"));
    });
    expect(result).toBe("no failure");
  });
});

test("wrong options are refused", async () => {
  using tree = new Tree("a");
  const wrong: [object, string][] = [
    [{ cdw: "." }, 'unknown option "cdw"; expected one of: cwd, directories, digests'],
    [{ cwd: 5 }, "option cwd is 5"],
    [{ cwd: "" }, 'option cwd is ""'],
    [{ cwd: "a\0" }, "option cwd is"],
    [{ cwd: "a\ufffd" }, "option cwd isn't valid UTF-8"],
    [{ directories: "yes" }, 'option directories is "yes"'],
    [{ digests: true }, "option digests is true"],
  ];
  for (const [options, message] of wrong) {
    const error = await failure(tree.set("a", options));
    expect(error).toMatchObject({ code: "BAD_ARGUMENT" });
    expect(String(error)).toContain(message);
  }
});

test("a set of 3,000 files opens one at a time, and the event loop has its turns", async () => {
  using tree = new Tree();
  for (let at = 0; at < 3_000; at++) {
    if (at % 100 === 0) mkdirSync(tree.at(`d${at / 100}`));
    writeFileSync(tree.at(`d${Math.floor(at / 100)}/f${at % 100}`), `${at}`);
  }
  const script = `
    import { fileSet } from ${JSON.stringify(join(import.meta.dir, "../../src/files/file-set.ts"))};
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    const { files } = await fileSet(".", { cwd: ${JSON.stringify(tree.root)} });
    clearInterval(timer);
    console.log(files.length, new Set(files.map(({ digest }) => digest.toHex())).size, turns > 1);
  `;
  // stdin, stdout, stderr and Bun's own files leave few of 40 descriptors.
  const limited = ["sh", "-c", 'ulimit -n 40 && exec "$0" -e "$1"', process.execPath, script];
  const { stdout, stderr } = Bun.spawnSync(limited);
  expect(stderr.toString()).toBe("");
  expect(stdout.toString()).toBe("3000 3000 true\n");
});

test("a folder name that is a symbolic link stands for the link", async () => {
  using tree = new Tree("real/a");
  symlinkSync("real", tree.at("link"));
  expect(await tree.paths(["link", "link/"])).toEqual(["link"]);
});
