import { describe, expect, test } from "bun:test";
import { ArgumentError } from "../../src/errors.ts";
import { type StepDefinition, stepDefinition } from "../../src/step/definition.ts";

const run = () => "done";
const least = { name: "build", command: "make", inputs: [], outputs: [] };

/** The options of a step in a script, with these changed. */
function options(changed: Readonly<Record<string, unknown>>): StepDefinition {
  return stepDefinition({ ...least, ...changed }, { directory: "/project" });
}

/** An entry in package.json, with these properties changed. */
function entry(changed: Readonly<Record<string, unknown>>): StepDefinition {
  const { name, ...properties } = least;
  const where = `packages/lib/package.json: step "${name}"`;
  return stepDefinition({ ...properties, ...changed }, { where, name, directory: "/project/packages/lib" });
}

function message(check: () => unknown): string {
  try {
    check();
  } catch (error) {
    if (error instanceof ArgumentError) return error.message;
    throw error;
  }
  return expect.unreachable();
}

describe("a step is complete:", () => {
  test("with every default", () => {
    expect(options({})).toEqual({
      name: "build",
      cwd: "/project",
      command: { shell: "make" },
      inputs: [],
      outputs: [],
      env: [],
      version: "",
      platform: "this",
      dependsOn: [],
    });
  });

  test("with what an entry says", () => {
    const said = {
      inputs: ["src/**", "../shared/*.json", "!src/**/*.test.ts"],
      outputs: ["dist", "*.tsbuildinfo", "!dist/cache"],
      env: ["NODE_ENV", "npm_config_user-agent", "ProgramFiles(x86)"],
      version: "2",
      platform: "any" as const,
      dependsOn: ["gen", "../lib:build", "@acme/lib:build"],
    };
    expect(entry({ ...said, command: ["tsc", "-p", ""] })).toEqual({
      ...said,
      name: "build",
      cwd: "/project/packages/lib",
      command: { argv: ["tsc", "-p", ""] },
    });
  });

  test("with a function, and a directory relative to the process's", () => {
    expect(options({ command: undefined, run, cwd: "lib" })).toMatchObject({
      command: { run },
      cwd: "/project/lib",
    });
  });

  test("with patterns in one form", () => {
    const inputs = ["./src/", "a//b/./c", "../x/.", "./", "!./a", "!(a)"];
    expect(options({ inputs }).inputs).toEqual(["src/", "a/b/c", "../x", ".", "!a", "!(a)"]);
  });

  test("apart from the caller's lists", () => {
    const inputs = ["src"];
    const { inputs: kept } = options({ inputs });
    inputs.push("more");
    expect(kept).toEqual(["src"]);
  });
});

describe("the options of a step are refused:", () => {
  test.each<[Readonly<Record<string, unknown>>, string]>([
    [{ name: "a:b" }, `the step's name is "a:b"; a step's name can't contain ":"`],
    [{ name: undefined }, "the step's name is undefined; expected the name of a step"],
    [{ input: [] }, 'step "build": there is no property "input". Did you mean "inputs"?'],
    [{ colour: 1 }, 'no property "colour". Expected one of: name, cwd, run, command, inputs'],
    [{ run }, "it has both command and run; expected one of them"],
    [{ command: undefined }, "command is missing: what does it run?"],
    [{ command: undefined, run: 5 }, "run is 5; expected a function"],
    [{ command: " " }, 'command is " "; expected a command for sh'],
    [{ command: "a\0" }, "expected a command for sh"],
    [{ command: "\ud800" }, "command has a lone surrogate"],
    [{ command: 5 }, "command is 5; expected a command for sh, or a list of a program and its arguments"],
    [{ command: [] }, "command is empty; expected a program first"],
    [{ command: ["", "x"] }, 'command[0] is ""; expected a program'],
    [{ command: ["a", 5] }, "command[1] is 5; expected an argument"],
    [{ command: ["a", "b\0"] }, "expected an argument"],
    [{ command: ["a", "\ud800"] }, "command[1] has a lone surrogate"],
    [{ cwd: "" }, 'cwd is ""; expected a directory'],
    [{ cwd: 5 }, "cwd is 5; expected a directory"],
    [
      { inputs: undefined },
      "inputs is missing; expected patterns of the files the step reads, or [] if it reads none",
    ],
    [{ outputs: undefined }, "outputs is missing; expected patterns of the files the step writes, or [] if"],
    [{ inputs: "src" }, 'inputs is "src"; expected a list of strings'],
    [{ inputs: ["a", "b", 5] }, "inputs[2] is 5; expected a pattern"],
    [{ inputs: [""] }, 'inputs[0] is ""; expected a pattern, such as "src/**"'],
    [{ inputs: ["a", "!"] }, 'inputs[1] is "!"; expected a pattern'],
    [{ inputs: ["!!a"] }, 'step "build": inputs[0]: the pattern "!!a" has a second "!"'],
    [{ inputs: ["a/../b"] }, 'step "build": inputs[0]: the pattern "a/../b" has ".." after a name'],
    [{ inputs: ["{a,/b}"] }, 'inputs[0]: the pattern "{a,/b}" is absolute'],
    [{ inputs: ["a\0"] }, "inputs[0]: the pattern"],
    [{ inputs: ["!a"] }, "inputs only excludes; expected a pattern without ! too"],
    [{ inputs: ["a", "b", "./a"] }, 'inputs[2] is "./a"; inputs[0] is the same'],
    [{ inputs: ["/etc/passwd"] }, "expected a pattern relative to the step's directory"],
    [{ inputs: ["C:\\x"] }, "expected a pattern relative to the step's directory"],
    [{ inputs: ["\udc00"] }, 'inputs[0]: the pattern "\\udc00" has a lone surrogate'],
    // biome-ignore lint/suspicious/noSparseArray: an array with a hole is what is checked
    [{ inputs: ["a", , "b"] }, "inputs[1] is undefined; expected a pattern"],
    [{ env: ["A", "A"] }, 'env[1] is "A"; env[0] is the same'],
    [{ env: ["A=1"] }, 'env[0] is "A=1"; expected the name of one environment variable'],
    [{ env: ["NEXT_*"] }, "expected the name of one environment variable"],
    [{ env: [""] }, "expected the name of one environment variable"],
    [{ env: { A: "1" } }, "env is an Object; expected a list of strings"],
    [{ version: 2 }, 'version is 2; expected a string, such as "2"'],
    [{ platform: "linux" }, 'platform is "linux"; expected "this" or "any"'],
    [
      { dependsOn: ["../lib"] },
      'step "build": dependsOn[0] is "../lib"; expected the name of a step after it',
    ],
    [{ dependsOn: ["a", "a"] }, "dependsOn[0] is the same"],
    [{ dependsOn: "gen" }, 'dependsOn is "gen"; expected a list of strings'],
  ])("%p", (changed, expected) => {
    expect(message(() => options(changed))).toContain(expected);
  });

  test.each([{ raw: 5 }, { raw: null }, { raw: [] }, { raw: "build" }, { raw: undefined }])(
    "$raw, which is no object",
    ({ raw }) => {
      expect(message(() => stepDefinition(raw, { directory: "/" }))).toContain("; expected an object");
    },
  );

  test("a property that can't be read", () => {
    const raw = {
      ...least,
      get env(): string[] {
        throw new Error("not today");
      },
    };
    expect(message(() => stepDefinition(raw, { directory: "/" }))).toBe("the step can't be read: not today");
  });
});

describe("an output", () => {
  test.each([
    ".",
    "./",
    "*",
    "**",
    "**/*",
    "*/**",
    "*/*/*",
    "./**",
    "{*,dist}",
    "?*",
    "?*/**",
    "[a-z]*",
    "!(dist)",
    "{dist,*}",
  ])("%s would be the whole directory", (pattern) => {
    expect(message(() => options({ outputs: [pattern] }))).toContain(
      "a step can't own its whole directory, because",
    );
  });

  test.each(["package.json", "*.json", "*.*", "{package,x}.json"])("%s would be package.json", (pattern) => {
    expect(message(() => options({ outputs: [pattern] }))).toContain("a step can't own package.json");
  });

  test.each(["..", "../x", "{..,a}/b", "{a,..}", "{.,a}./x", "\\.\\./x", "!../x"])(
    "%s could be outside of the directory",
    (pattern) => {
      const outputs = ["dist", pattern];
      expect(message(() => options({ outputs }))).toContain("expected a pattern without ..");
    },
  );

  test.each(["/tmp/x", "\\\\x", "C:/x", "!/x"])("%s is not in the directory", (pattern) => {
    expect(message(() => options({ outputs: ["dist", pattern] }))).toContain(
      "relative to the step's directory",
    );
  });

  test.each([
    "dist",
    "dist/**",
    "*.tsbuildinfo",
    "**/*.d.ts",
    "..a",
    "a..",
    "\\[id].js",
    ".cache",
    "{a,b}/c",
  ])("%s is fine", (pattern) => {
    expect(options({ outputs: [pattern] }).outputs).toEqual([pattern]);
  });
});

describe("an entry in package.json", () => {
  test("has its place in an error", () => {
    expect(message(() => entry({ inputs: ["a", "b", 5] }))).toBe(
      'packages/lib/package.json: step "build": inputs[2] is 5; expected a pattern, such as "src/**"',
    );
    expect(message(() => stepDefinition(5, { where: "package.json: it", name: "x", directory: "/" }))).toBe(
      "package.json: it is 5; expected an object",
    );
  });

  test.each(["name", "cwd", "run"])("has no %s", (name) => {
    expect(message(() => entry({ [name]: "x" }))).toContain(`: there is no property "${name}".`);
  });

  test("has no property of its prototype's", () => {
    const raw: unknown = JSON.parse('{"__proto__": {"inputs": []}, "command": "make", "outputs": []}');
    expect(message(() => stepDefinition(raw, { name: "x", directory: "/" }))).toContain(
      'no property "__proto__"',
    );
  });
});
