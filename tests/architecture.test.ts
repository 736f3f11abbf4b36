import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import manifest from "../package.json";

const src = join(import.meta.dir, "../src");

/**
 * The floors, from the ground up. A room is a folder or a file of src. It imports from itself and from the floors below,
 * never from above or beside.
 */
const floors = [
  ["at-exit.ts", "errors.ts", "trouble.ts"],
  [
    "absolute-path.ts",
    "argument.ts",
    "bytes.ts",
    "ignored-signals.ts",
    "nearest.ts",
    "on-abort.ts",
    "process-alive.ts",
    "quantities.ts",
    "text.ts",
    "user-directory.ts",
    "wait.ts",
  ],
  ["frame.ts"],
  ["hash.ts"],
  ["safe-text.ts", "stderr.ts"],
  ["files", "wire", "page"],
  ["client", "server"],
  ["index.ts"],
  ["step"],
  ["conformance"],
  ["trace"],
  ["bench"],
  ["cli"],
];

interface Source {
  /** From src, such as "client/process/spawn.ts". */
  readonly path: string;
  readonly text: string;
}

function room(path: string): string {
  return path.split("/")[0] ?? path;
}

function floor(path: string): number {
  return floors.findIndex((rooms) => rooms.includes(room(path)));
}

/** The modules that a file imports or re-exports, types included; not in examples. Our own are paths from src. */
function imports({ path, text }: Source): string[] {
  const code = text.replace(/^ *\/\*[\s\S]*?\*\/$/gm, "");
  const specifiers = [...code.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*["']([^"'\s]+)["']/g)];
  return specifiers.map(([, name = ""]) =>
    name.startsWith(".") ? normalize(join(dirname(path), name)) : name,
  );
}

/** What is loaded with a file: its imports and theirs, without types and without those of `import()`. */
function loadedBy(path: string, loaded = new Set<string>()): ReadonlySet<string> {
  if (loaded.has(path)) return loaded;
  loaded.add(path);
  if (!isOwn(path)) return loaded;
  for (const { kind, path: name } of scanner.scanImports(readFileSync(join(src, path), "utf8")))
    if (kind === "import-statement")
      loadedBy(name.startsWith(".") ? normalize(join(dirname(path), name)) : name, loaded);
  return loaded;
}

const scanner = new Bun.Transpiler({ loader: "ts" });

function isOwn(name: string): boolean {
  return name.endsWith(".ts") && !name.includes(":");
}

/** Imports from above or beside, and imports of packages other than bun and node. */
function wrongImports(source: Source): string[] {
  return imports(source).filter((name) => {
    if (!isOwn(name)) return !/^(node:|bun$|bun:)/.test(name) && !name.endsWith(".json");
    return room(name) !== room(source.path) && floor(name) >= floor(source.path);
  });
}

/** The import cycles: sets of files that all reach each other. */
function circles(all: readonly Source[]): string[][] {
  const next = new Map(all.map((source) => [source.path, imports(source).filter(isOwn)]));
  const reach = (start: string) => {
    const seen = new Set<string>();
    const open = [start];
    for (let path = open.pop(); path !== undefined; path = open.pop())
      for (const name of next.get(path) ?? []) {
        if (seen.has(name)) continue;
        seen.add(name);
        open.push(name);
      }
    return seen;
  };
  const reached = new Map([...next.keys()].map((path) => [path, reach(path)]));
  const found = new Map<string, string[]>();
  for (const [path, names] of reached) {
    if (!names.has(path)) continue;
    const circle = [...names].filter((name) => reached.get(name)?.has(path)).sort();
    found.set(circle.join(), circle);
  }
  return [...found.values()];
}

/** Each folder within a room, as one file that imports the other folders of its room. */
function folders(all: readonly Source[]): Source[] {
  const folderOf = (path: string) => path.split("/").slice(0, 2).join("/");
  const inFolders = all.filter(({ path }) => path.split("/").length > 2);
  const paths = new Set(inFolders.map(({ path }) => folderOf(path)));
  return [...Map.groupBy(inFolders, ({ path }) => folderOf(path))].map(([path, files]) => {
    const others = files.flatMap(imports).filter(isOwn).map(folderOf);
    const own = others.filter((other) => paths.has(other) && other !== path && room(other) === room(path));
    return { path: `${path}.ts`, text: own.map((other) => `from "../${other}.ts"`).join(";") };
  });
}

/** The code without its comments, which may mention what the code must not do. */
function code({ text }: Source): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$|\s\/\/ .*$/gm, "");
}

function startsProcess(source: Source): boolean {
  return /\bspawn(Sync)?\b\s*\(|\bBun\.\$|["'](node:)?child_process["']/.test(code(source));
}

/** The IO, timers and promises in a file that must be pure. */
function impurities(source: Source): string[] {
  const words = [
    /\bBun\.(spawn|spawnSync|file|write|stdin|stdout|stderr|serve|connect|listen|sleep|sleepSync|\$)/g,
    /\b(setTimeout|setInterval|setImmediate|queueMicrotask|nextTick|fetch)\b/g,
    /\b(async|await|Promise|ReadableStream|WritableStream)\b/g,
    /\b(process|console|performance)\./g,
    /\bDate\.now|\bTemporal\.Now/g,
    /["'](node:(?!buffer["'])[a-z/]+|bun(:[a-z]+)?)["']/g,
  ];
  return words.flatMap((word) => [...code(source).matchAll(word)].map(([found]) => found));
}

const sources: Source[] = [...new Bun.Glob("**/*.ts").scanSync(src)]
  .sort()
  .map((path) => ({ path, text: readFileSync(join(src, path), "utf8") }));

function within(folder: string): Source[] {
  return sources.filter(({ path }) => room(path) === folder);
}

const none = { dependencies: {}, peerDependencies: {}, optionalDependencies: {} };

describe("the architecture", () => {
  test("has a floor for every file", () => {
    expect(sources.filter(({ path }) => floor(path) < 0).map(({ path }) => path)).toEqual([]);
    expect(sources.length).toBeGreaterThan(20);
  });

  test.each(sources)("$path imports only from below", (source) => {
    expect(wrongImports(source)).toEqual([]);
  });

  test("has no import cycle", () => {
    expect(circles(sources)).toEqual([]);
  });

  test("has no import cycle between the folders of a room", () => {
    expect(circles(folders(sources))).toEqual([]);
  });

  test("starts processes of the client only in spawn.ts", () => {
    const starters = within("client").filter(startsProcess);
    expect(starters.map(({ path }) => path)).toEqual(["client/process/spawn.ts"]);
  });

  test.each(within("wire"))("$path is pure: no IO, no timers, no promises", (source) => {
    expect(impurities(source)).toEqual([]);
  });

  test.each([
    [
      "cli/only-run.ts",
      /^(node:(fs\/promises|os|async_hooks)|bun:sqlite|client\/process\/builtin-program\.ts)$/,
    ],
    ["index.ts", /^node:/],
  ])("%s loads what takes long only when it's needed", (path, slow) => {
    const loaded = loadedBy(path);
    expect(loaded.size).toBeGreaterThan(10);
    expect([...loaded].filter((name) => slow.test(name))).toEqual([]);
  });

  test("writes to no file descriptor of a pipe: its number may have been reused", () => {
    expect(sources.filter((source) => code(source).includes("_getFd")).map(({ path }) => path)).toEqual([]);
  });

  test("has no runtime dependencies", () => {
    const { dependencies, peerDependencies, optionalDependencies } = { ...none, ...manifest };
    expect({ dependencies, peerDependencies, optionalDependencies }).toEqual(none);
  });
});

describe("violations are found, and nothing else:", () => {
  test.each([
    ["wire/a.ts", `import { x } from "../client/x.ts";`, ["client/x.ts"]],
    ["client/a.ts", `export * from "../server/x.ts";`, ["server/x.ts"]],
    ["client/a.ts", `import type { X } from "../index.ts";`, ["index.ts"]],
    ["errors.ts", `import {\n  x,\n} from './hash.ts';`, ["hash.ts"]],
    ["trace/a.ts", `const x = await import("../cli/main.ts");`, ["cli/main.ts"]],
    ["conformance/a.ts", `import "../trace/x.ts";`, ["trace/x.ts"]],
    ["client/a.ts", `import pad from "left-pad";`, ["left-pad"]],
    ["cli/commands/a.ts", `import { x } from "../../client/client.ts"; import { y } from "../main.ts";`, []],
    ["client/a.ts", `import { stat } from "node:fs/promises"; import x from "./b.ts";`, []],
    ["client/a.ts", `/**\n * import { x } from "cacheprogw";\n */\nimport x from "./b.ts";`, []],
    ["client/a.ts", `const x = "/*";\nimport pad from "left-pad"; // */`, ["left-pad"]],
  ])("%s with %s", (path, text, wrong) => {
    expect(wrongImports({ path, text })).toEqual(wrong);
  });

  test("an import cycle, even of types, and through other files", () => {
    const files = [
      { path: "wire/a.ts", text: `import { b } from "./b.ts";` },
      { path: "wire/b.ts", text: `import type { C } from "./json/c.ts";` },
      { path: "wire/json/c.ts", text: `export * from "../a.ts";` },
      { path: "wire/d.ts", text: `import { a } from "./a.ts";` },
    ];
    expect(circles(files)).toEqual([["wire/a.ts", "wire/b.ts", "wire/json/c.ts"]]);
    expect(circles(files.filter(({ path }) => path !== "wire/b.ts"))).toEqual([]);
  });

  test("a cycle of folders without a cycle of files", () => {
    const files = [
      { path: "bench/x/a.ts", text: `import { b } from "../y/b.ts";` },
      { path: "bench/y/b.ts", text: `` },
      { path: "bench/y/c.ts", text: `import { d } from "../x/d.ts"; import { e } from "../../wire/e.ts";` },
      { path: "bench/x/d.ts", text: `` },
    ];
    expect(circles(files)).toEqual([]);
    expect(circles(folders(files))).toEqual([["bench/x.ts", "bench/y.ts"]]);
  });

  test.each([
    [`Bun.spawn(["true"])`, true],
    [`const { spawn } = Bun; spawn (["true"])`, true],
    [`import { execFile } from "node:child_process";`, true],
    [`// Bun.spawn(["true"]) is for spawn.ts`, false],
    [`import { Program } from "./spawn.ts";`, false],
  ])("a process start in %s: %p", (text, starts) => {
    expect(startsProcess({ path: "client/a.ts", text })).toBe(starts);
  });

  test.each([
    [`import { readFileSync } from "node:fs";`, [`"node:fs"`]],
    [`export async function x() {}`, ["async"]],
    [`setTimeout(() => {}, 1)`, ["setTimeout"]],
    [`return Promise.resolve(1)`, ["Promise"]],
    [`Bun.spawn(["true"])`, ["Bun.spawn"]],
    [`/* an async function, await setTimeout */ // Promise`, []],
  ])("impure code in wire: %s", (text, found) => {
    expect(impurities({ path: "wire/a.ts", text })).toEqual(found);
  });
});
