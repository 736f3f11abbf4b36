import { beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { CacheProg } from "../../src/index.ts";
import { guardEachTest, temporaryDirectory } from "./guard.ts";
import { failure, scripted } from "./scripted.ts";

guardEachTest();
const directory = temporaryDirectory();

/** A cache program in shell. It declares its first argument as a command, and exits at the end of stdin. */
const shell = `#!/bin/sh\nprintf '{"ID":0,"KnownCommands":["%s"]}' "\${1-none}"\nwhile read -r _; do :; done\n`;

function file(name: string, content: string, mode = 0o755): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}

/** The first argument that {@link shell} got. */
async function firstArgument(command: string | string[], options = {}): Promise<string | undefined> {
  await using cache = await CacheProg.start(command, { stderr: "ignore", ...options });
  return [...cache.commands][0];
}

beforeAll(() => {
  mkdirSync(join(directory, "bin"));
  mkdirSync(join(directory, "with space"));
  file("bin/shell-cache", shell);
  file("with space/shell-cache", shell);
});

describe("a command", () => {
  test("in one string is split by go's rules", async () => {
    const program = join(directory, "with space/shell-cache");
    expect(await firstArgument(`  "${program}"\t'one two' three`)).toBe("one two");
  });

  test("in an array is used as it is", async () => {
    const program = join(directory, "with space/shell-cache");
    expect(await firstArgument([program, ` 'one'  two`])).toBe(` 'one'  two`);
  });

  test("may have an empty argument", async () => {
    expect(await firstArgument([join(directory, "bin/shell-cache"), ""])).toBe("");
  });

  test("is copied by start, so later changes have no effect", async () => {
    const command = [join(directory, "bin/shell-cache"), "before"];
    const starting = firstArgument(command);
    command[1] = "after";
    expect(await starting).toBe("before");
  });

  test("with a slash is relative to this process's directory, not to cwd", async () => {
    const path = `./${relative(process.cwd(), join(directory, "bin/shell-cache"))}`;
    expect(await firstArgument([path, "found"], { cwd: "/" })).toBe("found");
  });

  test("with .. after a linked directory is resolved as the system does", async () => {
    mkdirSync(join(directory, "real/inner"), { recursive: true });
    file("real/above", shell);
    symlinkSync(join(directory, "real/inner"), join(directory, "linked"));
    expect(await firstArgument([`${directory}/linked/../above`, "found"])).toBe("found");
    const near = relative(process.cwd(), join(directory, "linked"));
    expect(await firstArgument([`${near}/../above`, "found"])).toBe("found");
  });

  test("without a slash is looked up in the PATH of options.env", async () => {
    const env = { PATH: `/nowhere::${join(directory, "bin")}:${process.env.PATH}` };
    expect(await firstArgument("shell-cache found", { env })).toBe("found");
  });

  test("without a slash isn't looked up in relative entries of PATH, as with go", async () => {
    for (const PATH of [relative(process.cwd(), join(directory, "bin")), ".", ""]) {
      const error = await failure(CacheProg.start("shell-cache", { env: { PATH } }));
      expect(error).toMatchObject({ code: "START_FAILED" });
      expect(error.message).toContain("no executable shell-cache in PATH");
    }
  });

  test("runs in cwd, with only env as its environment", async () => {
    const script = `hello([process.cwd(), ...Object.keys(process.env).sort()]); for (const _ of requests());`;
    await using cache = await CacheProg.start(scripted(script), {
      cwd: directory,
      env: { ONE: "1", NONE: undefined },
    });
    expect([...cache.commands]).toEqual([directory, "ONE"]);
  });

  test("runs in this process's directory and environment by default", async () => {
    process.env.CACHEPROGW_ADDED = "later";
    const script = `hello([process.cwd(), process.env.CACHEPROGW_ADDED]); for (const _ of requests());`;
    try {
      await using cache = await CacheProg.start(scripted(script));
      expect([...cache.commands]).toEqual([process.cwd(), "later"]);
    } finally {
      delete process.env.CACHEPROGW_ADDED;
    }
  });
});

describe("an invalid command", () => {
  test.each([
    ["an empty string", "", "the command is empty"],
    ["only white space", " \t\n", "the command is empty"],
    ["an empty array", [], "the command is empty"],
    ["an empty program", ["", "argument"], "the command is empty"],
    ["an empty program in quotes", `"" argument`, "the command is empty"],
    ["an unterminated quote", `program "one two`, "isn't closed"],
    ["a NUL in a string", "program one\0two", "NUL"],
    ["a NUL in an array", ["program", "one\0two"], "NUL"],
  ])("rejects with BAD_COMMAND: %s", async (_, command, message) => {
    const error = await failure(CacheProg.start(command));
    expect(error.code).toBe("BAD_COMMAND");
    expect(error.message).toContain(message);
  });

  test.each([[null], [5], [{}], [["program", 5]], [[null]], ["program a\ud800"], [["program", "\udc00"]]])(
    "rejects with BAD_ARGUMENT: %p",
    async (command) => {
      // @ts-expect-error: this is what a caller without types may pass
      const error = await failure(CacheProg.start(command));
      expect(error).toMatchObject({ code: "BAD_ARGUMENT", name: "ArgumentError" });
      expect(error).toBeInstanceOf(RangeError);
      expect(error.message).toContain("the command");
    },
  );
});

describe("start rejects with START_FAILED and a reason if the program", () => {
  test("is missing", async () => {
    const path = join(directory, "missing");
    const error = await failure(CacheProg.start([path, "argument"]));
    expect(error.code).toBe("START_FAILED");
    expect(error.message).toBe(`can't start the cache program ${path} argument: there is no file ${path}`);
  });

  test("has a relative path, and the working directory was deleted", () => {
    const index = join(import.meta.dir, "../../src/index.ts");
    const script = `
      import { mkdtempSync, rmdirSync } from "node:fs";
      import { CacheProg } from ${JSON.stringify(index)};
      const folder = mkdtempSync(${JSON.stringify(join(directory, "deleted-"))});
      process.chdir(folder);
      rmdirSync(folder);
      await CacheProg.start("./bun").catch(({ code, message }) => console.log(code, message));
    `;
    const { stdout } = Bun.spawnSync([process.execPath, "-e", script]);
    expect(stdout.toString()).toBe(
      "START_FAILED can't start the cache program ./bun: the working directory was deleted; expected an absolute path\n",
    );
  });

  test("isn't in PATH", async () => {
    const error = await failure(CacheProg.start("cacheprogw-is-not-there"));
    expect(error).toMatchObject({ code: "START_FAILED" });
    expect(error.message).toContain("no executable cacheprogw-is-not-there in PATH");
  });

  test("has no slash, and PATH isn't set", async () => {
    expect((await failure(CacheProg.start("sh", { env: {} }))).code).toBe("START_FAILED");
  });

  test("is a directory", async () => {
    const error = await failure(CacheProg.start([directory]));
    expect(error.code).toBe("START_FAILED");
    expect(error.message).toContain("is a directory");
  });

  test("is below a file", async () => {
    const error = await failure(CacheProg.start([join(directory, "bin/shell-cache/program")]));
    expect(error.code).toBe("START_FAILED");
  });

  test("isn't executable", async () => {
    const error = await failure(CacheProg.start([file("plain", shell, 0o644)]));
    expect(error.code).toBe("START_FAILED");
    expect(error.message).toContain("is not executable");
  });

  test("is a dangling link", async () => {
    const path = join(directory, "dangling");
    symlinkSync("/there/is/nothing", path);
    expect((await failure(CacheProg.start([path]))).code).toBe("START_FAILED");
  });

  test("is executable, but in an unknown format", async () => {
    const error = await failure(CacheProg.start([file("text", "hello\n")]));
    expect(error.code).toBe("START_FAILED");
    expect(error.message).toContain("ENOEXEC");
  });

  test("has a missing interpreter", async () => {
    const error = await failure(CacheProg.start([file("lost", "#!/there/is/no/interpreter\n")]));
    expect(error.code).toBe("START_FAILED");
  });

  test("has arguments longer than the system allows", async () => {
    const error = await failure(CacheProg.start(["sh", "x".repeat(4 * 1024 * 1024)]));
    expect(error.code).toBe("START_FAILED");
    expect(error.message.length).toBeLessThan(300);
  });

  test.each(["/there/is/no/directory", "/etc/passwd", "/etc/passwd/below"])(
    "has an invalid working directory: %s",
    async (cwd) => {
      const error = await failure(CacheProg.start("sh", { cwd }));
      expect(error.code).toBe("START_FAILED");
      expect(error.message).toContain(`its working directory ${cwd}`);
    },
  );
});
