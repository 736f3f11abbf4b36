import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CacheProgError, fileHash, Hash, subkey } from "../src/index.ts";

function plain(...parts: (string | Uint8Array)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
}

const parent = Uint8Array.from({ length: 32 }, (_, index) => index);

describe("a hash", () => {
  test("equals go's for the same version and bytes", () => {
    const hash = Hash.forGo("go1.24.4").update("open <file>");
    expect(hash.digest().toHex()).toBe("addd4ce2effcd066537557b1cf342ba10e417d5e900a4da71815f122f76e690d");
  });

  test("is the SHA-256 of the salt and everything that was added", () => {
    expect(new Hash("salt").digest().toHex()).toBe(plain("salt"));
    expect(new Hash("").digest().toHex()).toBe(plain(""));
    expect(new Hash(Uint8Array.of(0, 255)).update("ñ").update(Uint8Array.of(7)).digest().toHex()).toBe(
      plain(Uint8Array.of(0, 255), "ñ", Uint8Array.of(7)),
    );
  });

  test("can be updated after a digest, which doesn't reset it", () => {
    const hash = new Hash("salt").update("one");
    const first = hash.digest();
    expect(hash.digest()).toEqual(first);
    expect(hash.update("two").digest().toHex()).toBe(plain("salt", "one", "two"));
    expect(first.toHex()).toBe(plain("salt", "one"));
  });

  test("returns a new digest of 32 bytes on each call", () => {
    const hash = new Hash("salt");
    const first = hash.digest();
    expect(first).toBeInstanceOf(Uint8Array);
    expect(first).toHaveLength(32);
    first.fill(0);
    expect(hash.digest().toHex()).toBe(plain("salt"));
  });

  test.each([
    ["go1.24.4", "go1.24.4"],
    ["go1.24.4 X:nocoverageredesign,synctest", "go1.24.4"],
    ["go1.26.0-X:jsonv2", "go1.26.0"],
    ["devel go1.26-abcdef Mon X:a-X:b", "devel go1.26-abcdef Mon"],
    ["go1.26-X:a X:b", "go1.26-X:a"],
    ["go1.24.4 x:y", "go1.24.4 x:y"],
  ])("for go ignores the toolchain's experiments: %s", (version, salt) => {
    expect(Hash.forGo(version).digest()).toEqual(new Hash(salt).digest());
  });

  test("rejects an invalid version, salt or data", () => {
    const wrong: (() => unknown)[] = [
      () => Hash.forGo(""),
      // @ts-expect-error: these are what a caller without types may pass
      () => Hash.forGo(undefined),
      // @ts-expect-error
      () => new Hash(),
      // @ts-expect-error
      () => new Hash(5),
      // @ts-expect-error
      () => new Hash("").update(null),
      // @ts-expect-error
      () => new Hash("").update(new Uint16Array(2)),
    ];
    for (const call of wrong) expect(call).toThrow(expect.objectContaining({ code: "BAD_ARGUMENT" }));
  });
});

describe("text with a lone surrogate is rejected, because UTF-8 encodes all of them alike", () => {
  test.each(["\ud800", "a\udc00", "\ude00\ud83d"])("%j", async (text) => {
    const calls: (() => unknown)[] = [
      () => new Hash(text),
      () => Hash.forGo(text),
      () => new Hash("").update(text),
      () => subkey(parent, text),
    ];
    const refusal = expect.objectContaining({ code: "BAD_ARGUMENT" });
    for (const call of calls) expect(call).toThrow(refusal);
    expect(await fileHash(text).catch((error: unknown) => error)).toMatchObject({ code: "BAD_ARGUMENT" });
  });
});

test("a detached array is rejected, rather than hashed as empty", () => {
  const data = new Uint8Array(32);
  data.buffer.transfer();
  expect(() => new Hash("").update(data)).toThrow("the data to hash no longer has bytes");
});

describe("a subkey", () => {
  test("equals go's for the same parent and description", () => {
    expect(subkey(parent, "stdout").toHex()).toBe(
      "6f280e72989302b6afbed8b2c8c06aea3997b4ce7b0d456a391c674bfc772f8d",
    );
  });

  test("has no salt", () => {
    expect(subkey(parent, "ñ").toHex()).toBe(plain("subkey:", parent, "ñ"));
    expect(subkey(parent, "")).toHaveLength(32);
  });

  test("rejects a parent that isn't 32 bytes, and a description that isn't a string", () => {
    expect(() => subkey(new Uint8Array(31), "a")).toThrow("31 bytes; expected 32");
    // @ts-expect-error: these are what a caller without types may pass
    expect(() => subkey("a".repeat(32), "a")).toThrow(expect.objectContaining({ code: "BAD_ARGUMENT" }));
    // @ts-expect-error
    expect(() => subkey(parent)).toThrow("the description of a subkey is undefined");
  });
});

describe("fileHash", () => {
  test.each([0, 1, 65_536, 3_000_000])("returns the SHA-256 of a file of %d bytes", async (size) => {
    await inDirectory(async (directory) => {
      const bytes = new Uint8Array(size).fill(size);
      writeFileSync(join(directory, "file"), bytes);
      expect((await fileHash(join(directory, "file"))).toHex()).toBe(plain(bytes));
    });
  });

  test("reads the file again on each call", async () => {
    await inDirectory(async (directory) => {
      const path = join(directory, "file");
      for (const content of ["one", "two"]) {
        writeFileSync(path, content);
        expect((await fileHash(path)).toHex()).toBe(plain(content));
      }
    });
  });

  test("rejects with BODY_UNREADABLE unless the path is a regular file", async () => {
    await inDirectory(async (directory) => {
      Bun.spawnSync(["mkfifo", join(directory, "fifo")]);
      for (const name of ["missing", ".", "fifo", "file\0"]) {
        const error = await fileHash(join(directory, name)).catch((error: unknown) => error);
        expect(error).toBeInstanceOf(CacheProgError);
        expect(error).toMatchObject({ code: "BODY_UNREADABLE" });
      }
    });
  });
});

test("fileHash says why it failed, and shortens a long path in the message", async () => {
  const why = (path: string) => fileHash(path).catch(({ message }: Error) => message);
  expect(await why("/nowhere/at/all")).toMatch(/^can't hash the file \/nowhere\/at\/all: .*ENOENT/);
  expect(await why("x/".repeat(4_000))).toMatch(/… \(8000 characters\): it can't be read$/);
});

test("fileHash rejects with BAD_ARGUMENT unless it's given a path", async () => {
  for (const path of [undefined, null, 5, {}, Symbol("path"), ""]) {
    // @ts-expect-error: this is what a caller without types may pass
    const error = await fileHash(path).catch((error: unknown) => error);
    expect(error).toMatchObject({ code: "BAD_ARGUMENT" });
  }
});

async function inDirectory(work: (directory: string) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "cacheprogw-"));
  try {
    await work(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** What go prints about its hashes with GODEBUG=gocachehash=1. Source: cmd/go/internal/cache/hash.go. */
interface Said {
  /** The writes to each hash, salt first, and its sum in hex. */
  readonly hashes: readonly {
    readonly name: string;
    readonly writes: readonly string[];
    readonly sum: string;
  }[];
  readonly subkeys: readonly {
    readonly parent: string;
    readonly description: string;
    readonly sum: string;
  }[];
  readonly files: readonly { readonly path: string; readonly sum: string }[];
}

/** Leaves out hashes that have the same name at the same time: their lines can't be told apart. */
function parse(stderr: string): Said {
  const open = new Map<string, string[]>();
  const torn = new Set<string>();
  const hashes: { name: string; writes: string[]; sum: string }[] = [];
  const subkeys: { parent: string; description: string; sum: string }[] = [];
  const files: { path: string; sum: string }[] = [];
  for (const line of stderr.split("\n")) {
    const sub = /^HASH subkey ([0-9a-f]{64}) (".*") = ([0-9a-f]{64})$/.exec(line);
    if (sub) subkeys.push({ parent: sub[1] ?? "", description: unquote(sub[2] ?? ""), sum: sub[3] ?? "" });
    const file = /^HASH (\/.*): ([0-9a-f]{64})$/.exec(line);
    if (file) files.push({ path: file[1] ?? "", sum: file[2] ?? "" });
    const [, name = "", rest = ""] = /^HASH\[(.*?)\](.*)$/.exec(line) ?? [];
    if (name === "") continue;
    const writes = open.get(name);
    if (rest === "") {
      if (writes !== undefined) torn.add(name);
      open.set(name, []);
    } else if (rest.startsWith(': "')) writes?.push(unquote(rest.slice(2)));
    else if (writes !== undefined) {
      hashes.push({ name, writes, sum: rest.slice(2) });
      open.delete(name);
    }
  }
  return { hashes: hashes.filter(({ name }) => !torn.has(name)), subkeys, files };
}

/** The bytes of a Go string literal, one per character. Source: strconv.Quote. */
function unquote(literal: string): string {
  const bytes = Buffer.from(literal.slice(1, -1)).toString("latin1");
  const escapes: Record<string, string> = { n: "\n", t: "\t", r: "\r", a: "\x07", b: "\b", f: "\f", v: "\v" };
  return bytes.replace(/\\(x([0-9a-f]{2})|u([0-9a-f]{4})|.)/g, (_, letter: string, hex = "", code = "") => {
    if (hex !== "") return String.fromCharCode(Number.parseInt(hex, 16));
    if (code !== "") return Buffer.from(String.fromCharCode(Number.parseInt(code, 16))).toString("latin1");
    return escapes[letter] ?? letter;
  });
}

const go = Bun.which("go");

describe.if(go !== null)("the hashes that the installed go reports (skipped without go)", () => {
  test("equal ours, in a build of fmt and its dependencies", async () => {
    await inDirectory(async (directory) => {
      writeFileSync(join(directory, "go.mod"), "module example.com/hello\n\ngo 1.21\n");
      writeFileSync(join(directory, "hello.go"), `package hello\n\nimport _ "fmt"\n`);
      const env = {
        ...process.env,
        GOCACHE: join(directory, "cache"),
        GOCACHEPROG: "",
        GOFLAGS: "",
        GOTOOLCHAIN: "local",
        CGO_ENABLED: "0",
        GOMAXPROCS: "1",
      };
      const options = { cwd: directory, env, stdin: "ignore", stdout: "ignore", stderr: "pipe" } as const;
      // With -n, go computes all action ids and runs nothing.
      const build = Bun.spawn(["go", "build", "-n"], {
        ...options,
        env: { ...env, GODEBUG: "gocachehash=1" },
      });
      const { hashes, subkeys, files } = parse(await new Response(build.stderr).text());
      expect(await build.exited).toBe(0);
      const { stdout } = Bun.spawnSync(["go", "env", "GOVERSION"], { ...options, stdout: "pipe" });
      const version = stdout.toString().trim();

      expect(hashes.length).toBeGreaterThan(40);
      for (const { name, writes, sum } of hashes) {
        const [salt = "", ...rest] = writes;
        const hash = Hash.forGo(version);
        expect(hash.digest(), name).toEqual(new Hash(salt).digest());
        for (const write of rest) hash.update(Buffer.from(write, "latin1"));
        expect(hash.digest().toHex(), name).toBe(sum);
      }
      expect(subkeys.length).toBeGreaterThan(40);
      for (const { parent, description, sum } of subkeys) {
        expect(subkey(Uint8Array.fromHex(parent), description).toHex()).toBe(sum);
      }
      expect(files.length).toBeGreaterThan(40);
      for (const { path, sum } of files.slice(0, 100)) expect((await fileHash(path)).toHex()).toBe(sum);
    });
  });
});
