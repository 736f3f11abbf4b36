import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { builtin, CacheProg, type StartOptions } from "../../src/index.ts";
import { joinCommand } from "../../src/wire/command-line.ts";
import { guardEachTest, temporaryDirectory } from "./guard.ts";
import { failure, key, scripted } from "./scripted.ts";

guardEachTest();
const directory = temporaryDirectory();
const { GOCACHEPROG: _, ...inherited } = process.env;

/** An environment with its own store, without GOCACHEPROG unless that's given. */
function environment(name: string, more: Record<string, string> = {}): Record<string, string | undefined> {
  return { ...inherited, XDG_CACHE_HOME: join(directory, name), ...more };
}

/** A GOCACHEPROG value of a program that declares `words`, an expression. */
function declaring(words: string): string {
  return joinCommand(scripted(`hello(${words}); for (const _ of requests());`));
}

async function declared(options?: StartOptions): Promise<string[]> {
  await using cache = await CacheProg.start(undefined, options);
  return [...cache.commands];
}

/** Runs `use` with GOCACHEPROG in this process's environment. */
async function withVariable<T>(value: string, use: () => Promise<T>): Promise<T> {
  const { GOCACHEPROG: before } = process.env;
  process.env.GOCACHEPROG = value;
  try {
    return await use();
  } finally {
    if (before === undefined) delete process.env.GOCACHEPROG;
    else process.env.GOCACHEPROG = before;
  }
}

describe("without a command, start runs", () => {
  test.each([
    ["isn't set", {}],
    ["is empty", { GOCACHEPROG: "" }],
  ])(
    "the built-in program if GOCACHEPROG %s, and it stores in the user's cache directory",
    async (_, more) => {
      const name = `store ${Object.keys(more)}`;
      await using cache = await CacheProg.start(undefined, { env: environment(name, more) });
      const { diskPath } = await cache.put(key(1), "body");
      expect(diskPath).toStartWith(join(directory, name, "cacheprogw"));
      expect(readFileSync(diskPath, "utf8")).toBe("body");
    },
  );

  test("the program in GOCACHEPROG of options.env, split by go's rules", async () => {
    const env = environment("none", { GOCACHEPROG: declaring(`["from env"]`) });
    expect(await withVariable("/not/this/one", () => declared({ env }))).toEqual(["from env"]);
  });

  test("the program in GOCACHEPROG of this process if there is no options.env", async () => {
    expect(await withVariable(declaring(`["from the process"]`), () => declared())).toEqual([
      "from the process",
    ]);
  });

  test("the built-in program if options.env has no GOCACHEPROG, whatever this process has", async () => {
    const env = environment("own");
    expect(await withVariable("/not/this/one", () => declared({ env }))).toEqual(["get", "put", "close"]);
  });

  test("a program of GOCACHEPROG without that variable, so it can't start itself again and again", async () => {
    const value = declaring(`Object.keys(process.env).filter((name) => /^GOCACHEPROG$|^KEPT$/.test(name))`);
    expect(await declared({ env: environment("none", { GOCACHEPROG: value, KEPT: "1" }) })).toEqual(["KEPT"]);
  });

  test("with options.env left as it was", async () => {
    const env = environment("none", { GOCACHEPROG: declaring(`["x"]`) });
    const before = { ...env };
    await declared({ env });
    expect(env).toEqual(before);
  });
});

describe("a failure names where the command came from:", () => {
  test.each([
    [
      "/there/is/no program",
      "START_FAILED",
      /program \/there\/is\/no program \(from GOCACHEPROG\): there is no/,
    ],
    [`"unclosed`, "BAD_COMMAND", /^the environment variable GOCACHEPROG: the double quote at column 1/],
    [
      " \t",
      "BAD_COMMAND",
      /^the environment variable GOCACHEPROG names no program; set it to .* or unset it$/,
    ],
    [`"" x`, "BAD_COMMAND", /^the environment variable GOCACHEPROG names no program/],
    ["program \ufffd", "BAD_ARGUMENT", /^the environment variable GOCACHEPROG isn't valid UTF-8/],
  ])("GOCACHEPROG=%p", async (value, code, message) => {
    const env = environment("none", { GOCACHEPROG: value });
    const error = await failure(CacheProg.start(undefined, { env, stderr: "ignore" }));
    expect(error.code).toBe(code as typeof error.code);
    expect(error.message).toMatch(message);
  });

  test("the built-in program, with what it wrote to stderr", async () => {
    const env = { ...inherited, XDG_CACHE_HOME: "relative", GOCACHEPROG: "" };
    // bun itself caches in it, too.
    const options = { env, cwd: directory, stderr() {} };
    const error = await failure(CacheProg.start(undefined, options));
    expect(error.code).toBe("EXITED");
    expect(error.message).toStartWith("the cache program cacheprogw serve (built in) exited with code 2; it");
    expect(error.message).toContain("XDG_CACHE_HOME is the relative path");
  });

  test("the built-in program with arguments added", async () => {
    const command = [...builtin, "--no-such-option"];
    const error = await failure(CacheProg.start(command, { env: inherited, stderr: "ignore" }));
    expect(error.message).toStartWith(
      "the cache program cacheprogw serve --no-such-option (built in) exited",
    );
  });

  test("an environment that can't be read", async () => {
    const env = new Proxy(
      {},
      {
        get: () => {
          throw new Error("no");
        },
        ownKeys: () => ["A"],
        getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true, value: "1" }),
      },
    );
    expect((await failure(CacheProg.start(undefined, { env }))).code).toBe("BAD_ARGUMENT");
  });
});

describe("builtin", () => {
  test("is a command of this bun, with the options that main.ts gives bun, that can't be changed", () => {
    const [bun, ...words] = builtin;
    const main = resolve(import.meta.dir, "../../src/cli/main.ts");
    const [, options = ""] = readFileSync(main, "utf8").match(/exec bun (.*) "\$0"/) ?? [];
    expect(bun).toBe(process.execPath);
    expect(words).toEqual([...options.split(" "), main, "serve"]);
    expect(Object.isFrozen(builtin)).toBe(true);
  });

  test("takes the arguments of serve", async () => {
    const dir = join(directory, "given");
    await using cache = await CacheProg.start([...builtin, "--dir", dir], { env: environment("not here") });
    expect((await cache.put(key(1), "x")).diskPath).toStartWith(dir);
    expect(existsSync(join(directory, "not here/cacheprogw"))).toBe(false);
  });
});
