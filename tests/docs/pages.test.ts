import { afterAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { figuresIn } from "../../src/bench/workloads/figure.ts";
import { workloads } from "../../src/bench/workloads/select.ts";
import { Tally } from "../../src/client/stats.ts";
import { dialects } from "../../src/conformance/index.ts";
import { CacheProg } from "../../src/index.ts";
import { stepKey } from "../../src/step/key.ts";
import { documents, root } from "../tools/generated-docs.ts";
import { blocks, Project } from "./project.ts";

const project = new Project();
afterAll(() => project[Symbol.dispose]());

/** The commands of a workflow's steps. */
function commandsOf(yaml: string): string[] {
  const steps = Bun.YAML.parse(yaml) as { run?: string }[];
  return steps.flatMap(({ run }) => (run === undefined ? [] : [run.trim()]));
}

describe("the conformance suite", () => {
  const page = "src/conformance/README.md";
  const [commands = "", ...others] = blocks(page, "sh");
  const [workflow = "", ...otherWorkflows] = blocks(page, "yaml");
  const [known = "", ...otherTexts] = blocks(page, "text");
  const [tests = "", run = "", ...otherScripts] = blocks(page, "ts");

  test("its commands are correct, and those that need no program work", () => {
    expect(project.codesWithoutProgram(commands)).toEqual([5, 5, 0, 0]);
  });

  test("its workflow checks a program, with a file of known failures, and writes the report", () => {
    const [command = "", ...more] = commandsOf(workflow);
    expect(more).toEqual([]);
    project.write("known-failures.txt", known);
    const { code, errors } = project.sh(command.replace(" check ", " check get/miss "));
    expect(errors).toContain("1 passed");
    expect(code).toBe(0);
    expect(existsSync(join(project.folder, "cacheprog.xml"))).toBe(true);
  });

  test("the checks run as part of a test suite", () => {
    project.write("checks.test.ts", tests);
    const { code, errors } = project.run([process.execPath, "test", "checks.test.ts", "-t", "get/"]);
    expect(errors).toContain("> get/miss");
    expect(errors).toContain(" 0 fail");
    expect(code).toBe(0);
  });

  test("its text names each client that check can act as", () => {
    const text = readFileSync(join(root, page), "utf8");
    const names = dialects.map(({ name }) => name).filter((name) => name !== "go1.24");
    expect(names.filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
  });

  test("its script runs a check", () => {
    expect(project.ts(run)).toEqual({ code: 0, output: "passed 1\n", errors: "" });
  });

  test("each block is run by a test", () => {
    expect([...others, ...otherWorkflows, ...otherTexts, ...otherScripts]).toEqual([]);
  });
});

describe("bench", () => {
  const page = "src/bench/README.md";
  const [commands = "", ...others] = blocks(page, "sh");
  const [workflow = "", ...otherWorkflows] = blocks(page, "yaml");

  test("its table lists each figure", () => {
    const rows = readFileSync(join(root, page), "utf8").match(/^\| `.*$/gm) ?? [];
    const ids = workloads.flatMap((workload) => figuresIn(workload.scenarios)).map(({ id }) => id);
    expect(ids.length).toBeGreaterThan(10);
    const isThere = (id: string) => {
      const [group = "", figure = ""] = id.split("/");
      return rows.some((row) => row.includes(`\`${group}`) && row.includes(figure && `/${figure}\``));
    };
    expect(ids.filter((id) => !isThere(id))).toEqual([]);
  });

  test("its commands, and that of its workflow, are correct except that the programs don't exist", () => {
    expect(project.codesWithoutProgram(commands)).toEqual([5, 5, 5]);
    expect(project.codesWithoutProgram(commandsOf(workflow).join("\n"))).toEqual([5]);
  });

  test("each block is run by a test", () => {
    expect([...others, ...otherWorkflows]).toEqual([]);
  });
});

describe("the client", () => {
  const page = "src/client/README.md";
  const [calls = "", builtIn = "", streams = "", value = "", stats = "", messages = "", ...others] = blocks(
    page,
    "ts",
  );
  const [lines = "", ...otherTexts] = blocks(page, "text");

  test("its first script puts and gets", () => {
    const outputID = new Bun.CryptoHasher("sha256").update("the report").digest("hex").slice(0, 8);
    expect(project.ts(calls)).toEqual({ code: 0, output: `${outputID} the report\n`, errors: "" });
  });

  test("its table lists each option of start", async () => {
    const [, table = ""] =
      readFileSync(join(root, "src/client/README.md"), "utf8").match(/^## Options(.*?)^## /ms) ?? [];
    const rows = [...table.matchAll(/^\| (`.*?) \|/gm)].flatMap(([, cell = ""]) => cell.match(/\w+/g) ?? []);
    const options: object = { unknown: true };
    await expect(CacheProg.start("true", options)).rejects.toThrow(`expected one of: ${rows.join(", ")}`);
  });

  test("its second script starts the built-in program in a directory of its own", () => {
    expect(project.ts(builtIn)).toEqual({ code: 0, output: "get,put,close\n", errors: "" });
    expect(existsSync(join(project.folder, "build/cache"))).toBe(true);
  });

  test("its third script puts what a process writes, and copies it", () => {
    expect(project.ts(streams)).toEqual({ code: 0, output: "", errors: "" });
    const names = readFileSync(join(project.folder, "out/listing.txt"), "utf8").split("\n");
    expect(names).toEqual(expect.arrayContaining(["dev", "tmp"]));
  });

  test("its fourth script stores a value", () => {
    expect(project.ts(value)).toEqual({ code: 0, output: "/about true\n", errors: "" });
  });

  test("its fifth script counts, and writes the lines that the page shows", () => {
    expect(project.ts(stats)).toEqual({ code: 0, output: "0 of 1 found {}\n", errors: "" });
    const debugged = (script: string) => project.ts(`process.env.NODE_DEBUG = "cacheprogw";\n${script}`);
    const shape = (text: string) =>
      text
        .trim()
        .replace(/start .*/, "start")
        .replace(/[0-9a-f]{16}|[\d.]+/g, "N");
    expect(shape(debugged(stats.replace("stats v1", "stats v2")).errors)).toBe(shape(lines));
    const { output, errors } = debugged(stats);
    expect(output).toBe("1 of 1 found {}\n");
    expect(shape(errors)).toContain(" N: program N: get N hit N bytes N ms\n");
  });

  test("its table has each field of stats", () => {
    const [, table = ""] =
      readFileSync(join(root, page), "utf8").match(/^\| field of `stats` (.*?)\n\n/ms) ?? [];
    const rows = [...table.matchAll(/^\| (`.*?) \|/gm)].flatMap(([, cell = ""]) => cell.match(/\w+/g) ?? []);
    expect(rows.sort()).toEqual(Object.keys(new Tally().snapshot(0)).sort());
  });

  test("its sixth script encodes a request and decodes a response", () => {
    const request = `{"ID":1,"Command":"get","ActionID":"${"A".repeat(43)}="}`;
    expect(project.ts(messages)).toEqual({ code: 0, output: `${request}\n1 true\n`, errors: "" });
  });

  test("each block is run by a test", () => {
    expect([...others, ...otherTexts]).toEqual([]);
  });
});

describe("steps", () => {
  const page = "src/step/README.md";
  const [script = "", ...otherScripts] = blocks(page, "ts");
  const [commands = "", ...otherCommands] = blocks(page, "sh");
  const [entry = "", ...otherEntries] = blocks(page, "json");
  const [workflow = "", ...otherWorkflows] = blocks(page, "yaml");
  const [, ...otherTexts] = blocks(page, "text");

  test("the script runs its step once", () => {
    project.write("input.css", "a {\n}\n");
    expect(project.ts(script)).toEqual({ code: 0, output: "ran\n", errors: "" });
    expect(project.ts(script)).toEqual({ code: 0, output: "hit\n", errors: "" });
  });

  test("the command lines run, and explain", () => {
    const { code, errors } = project.sh(commands);
    expect(errors).toMatch(/^cacheprogw: cp: done in .*, stored\ncacheprogw: cp: hit, outputs in place/m);
    expect(code).toBe(0);
  });

  test("the steps of package.json are valid, and run in a monorepo with the last command of the workflow", () => {
    using monorepo = new Project();
    monorepo.write("package.json", JSON.stringify({ workspaces: ["packages/*"] }));
    for (const name of ["lib", "site", "site/src", "site/tests"])
      mkdirSync(join(monorepo.folder, "packages", name), { recursive: true });
    const build = { command: "mkdir dist && touch dist/lib.js", inputs: ["package.json"], outputs: ["dist"] };
    const lib = { name: "lib", cacheprogw: { steps: { build } } };
    monorepo.write("packages/lib/package.json", JSON.stringify(lib));
    monorepo.write("packages/site/package.json", entry);
    monorepo.write("packages/site/bun.lock", "");
    monorepo.write("packages/site/src/index.ts", "console.log(1)");
    monorepo.write("packages/site/tests/a.test.ts", 'import { test } from "bun:test"; test("a", () => {});');
    const command = commandsOf(workflow).at(-1) ?? "";
    expect(monorepo.sh(command)).toMatchObject({
      code: 0,
      errors: expect.stringContaining("3 steps: 0 hits, 3 ran"),
    });
    expect(monorepo.sh(command)).toMatchObject({ errors: expect.stringContaining("3 steps: 3 hits, 0 ran") });
  });

  test("its key is the one of the vector", () => {
    const vector = {
      command: "true",
      directory: "",
      inputs: [],
      outputs: [],
      files: [],
      env: {},
      platform: null,
      version: "",
      dependencies: {},
    };
    expect(readFileSync(join(root, page), "utf8")).toContain(`\`${stepKey(vector).toHex()}\``);
  });

  test("each block is run by a test", () => {
    const others = [otherScripts, otherCommands, otherEntries, otherWorkflows, otherTexts];
    expect(others.flat()).toEqual([]);
  });
});

describe("the server side", () => {
  const [counting = "", filling = "", inMemory = "", ...others] = blocks("src/server/README.md", "ts");

  test("the program that counts its hits serves", () => {
    project.write("own.ts", counting.replace("/tmp/cacheprogw-readme", join(project.folder, "own")));
    const program = `-- ${process.execPath} own.ts`;
    const script = `echo body >body; cacheprogw put --key k body ${program}; cacheprogw get --key k ${program}`;
    expect(project.sh(script)).toMatchObject({ code: 0, errors: "0 hits\n1 hits\n" });
  });

  test("the lines that describe a put and fill a store print what they say", () => {
    const request =
      '{ id: 2, actionID: new Uint8Array(32), outputID: new Uint8Array(32), size: 5, body: new Blob(["hello"]).stream() }';
    project.write(
      "filling.ts",
      `${filling.replace("/tmp/cacheprogw-readme", join(project.folder, "filled"))}
console.log(await describePut(${request} as never));`,
    );
    const { code, output } = project.sh(`${process.execPath} filling.ts`);
    expect({ code, output }).toEqual({ code: 0, output: "5 true\nput 2: 32 32 5 hello\n" });
  });

  test("the program that keeps its entries in memory passes the checks of put and get", () => {
    project.write("memory.ts", inMemory);
    const checks = "get bodies put/answer put/complete put/empty-body put/at-once put/wrong-hash";
    const { code, errors } = project.sh(
      `cacheprogw check --strict ${checks} -- ${process.execPath} memory.ts`,
    );
    expect(errors).not.toMatch(/failed|not run/);
    expect(code).toBe(0);
  });

  test("each block is run by a test", () => {
    expect(others).toEqual([]);
  });
});

const types = ["bun-types", "@types/node", "undici-types"];
const hasTypes = types.every((name) => existsSync(join(root, "node_modules", name)));

test.skipIf(!hasTypes)("the scripts of all documents type-check (needs bun install)", () => {
  const names = documents.flatMap((document, page) =>
    blocks(document, "ts").map((block, index) => {
      project.write(`typed/page-${page}-${index}.ts`, block);
      return document;
    }),
  );
  expect(names.length).toBeGreaterThan(8);
  const compilerOptions = {
    lib: ["ESNext"],
    target: "ESNext",
    module: "Preserve",
    moduleDetection: "force",
    moduleResolution: "bundler",
    types: ["bun-types"],
    allowImportingTsExtensions: true,
    noEmit: true,
    strict: true,
    skipLibCheck: true,
  };
  project.write("typed/tsconfig.json", JSON.stringify({ compilerOptions, include: ["*.ts"] }));
  mkdirSync(join(project.folder, "node_modules/@types"));
  for (const name of types)
    symlinkSync(join(root, "node_modules", name), join(project.folder, "node_modules", name));
  const { code, output } = project.run([process.execPath, "check", "--no-script"], "typed");
  expect({ code, output }).toEqual({ code: 0, output: "" });
});
