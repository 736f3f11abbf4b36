import { afterAll, describe, expect, test } from "bun:test";
import { Random } from "../../fixtures/random.ts";
import { Matcher } from "../../src/files/matcher.ts";
import { Tree } from "./tree.ts";

const tree = new Tree(
  ".env",
  ".env.local",
  ".envrc",
  ".git/config",
  ".github/ci.yml",
  "[id].ts",
  "a.ts",
  "b.js",
  "gen/.env",
  "gen/x.ts",
  "lib/a.ts",
  "lib/deep/b.ts",
  "lib/deep/c.js",
  "lib/node_modules/p/i.js",
  "node_modules/p/node_modules/q/i.js",
  "node_modules/p/i.js",
  "src/a.ts",
  "src/a.test.ts",
  "src/gen/y.ts",
  "src/sub/.hidden",
  "empty/",
  "lib/hollow/inner/",
);
afterAll(() => tree[Symbol.dispose]());

describe("a pattern matches", () => {
  test.each<[string | string[], string[]]>([
    ["a.ts", ["a.ts"]],
    ["./a.ts", ["a.ts"]],
    ["src//a.ts", ["src/a.ts"]],
    ["*.ts", ["[id].ts", "a.ts"]],
    ["\\[id\\].ts", ["[id].ts"]],
    ["[id].ts", []],
    ["src", ["src/a.test.ts", "src/a.ts", "src/gen/y.ts", "src/sub/.hidden"]],
    ["src/", ["src/a.test.ts", "src/a.ts", "src/gen/y.ts", "src/sub/.hidden"]],
    ["a.ts/", []],
    ["*/gen", ["src/gen/y.ts"]],
    ["**/gen", ["gen/x.ts", "src/gen/y.ts"]],
    ["{src,lib/deep}/*.ts", ["lib/deep/b.ts", "src/a.test.ts", "src/a.ts"]],
    ["{src,lib}/**/{a,b}.{ts,js}", ["lib/a.ts", "lib/deep/b.ts", "src/a.ts"]],
    ["src/!(*.test).ts", ["src/a.ts"]],
    ["!(gen)/*.ts", ["lib/a.ts", "src/a.test.ts", "src/a.ts"]],
    ["*/**/*.js", ["lib/deep/c.js"]],
    ["?.js", ["b.js"]],
    // Names that begin with a dot, and the reserved ones.
    [".*", [".envrc"]],
    ["*/.hidden", []],
    ["**/.hidden", ["src/sub/.hidden"]],
    [".github/**", [".github/ci.yml"]],
    ["**/*.yml", [".github/ci.yml"]],
    [".env", [".env"]],
    ["**/.env", [".env", "gen/.env"]],
    [".env*", [".envrc"]],
    [".env.*", []],
    ["{.env,.env.local}", [".env", ".env.local"]],
    ["gen", ["gen/x.ts"]],
    [".git", [".git/config"]],
    ["*/config", []],
    [".git/*", [".git/config"]],
    ["**/i.js", []],
    ["node_modules/p/i.js", ["node_modules/p/i.js"]],
    ["node_modules/**/i.js", ["node_modules/p/i.js", "node_modules/p/node_modules/q/i.js"]],
    ["**/node_modules/p/*.js", ["lib/node_modules/p/i.js", "node_modules/p/i.js"]],
    ["lib/node_modules", ["lib/node_modules/p/i.js"]],
    ["node_modules", ["node_modules/p/i.js", "node_modules/p/node_modules/q/i.js"]],
    // Exclusions.
    [
      ["src", "!src/gen"],
      ["src/a.test.ts", "src/a.ts", "src/sub/.hidden"],
    ],
    [
      ["!src/gen", "src"],
      ["src/a.test.ts", "src/a.ts", "src/sub/.hidden"],
    ],
    [
      ["src", "!src/gen/**"],
      ["src/a.test.ts", "src/a.ts", "src/sub/.hidden"],
    ],
    [
      ["src", "!**/gen/"],
      ["src/a.test.ts", "src/a.ts", "src/sub/.hidden"],
    ],
    [
      ["src", "!**/*.test.ts", "!src/s*/*"],
      ["src/a.ts", "src/gen/y.ts"],
    ],
    [
      ["src", "!*"],
      ["src/a.test.ts", "src/a.ts", "src/gen/y.ts", "src/sub/.hidden"],
    ],
    [["src/a.ts", "!src"], []],
    [["a.ts", "!."], []],
    [[".env", "!.e*"], []],
    [
      ["a.ts", "*.ts", "a.ts"],
      ["[id].ts", "a.ts"],
    ],
    [[], []],
  ])("%j", async (globs, paths) => {
    expect(await tree.paths(globs)).toEqual(paths);
  });

  test("everything but what is reserved, for . and **", async () => {
    const all = await tree.paths(".");
    expect(all).toHaveLength(13);
    expect(await tree.paths("**")).toEqual(all);
    expect(all.filter((path) => /(^|\/)(\.git|node_modules|\.env(\..*)?)(\/|$)/.test(path))).toEqual([]);
  });

  test("folders in which nothing matches, if asked for", async () => {
    expect(await tree.paths("empty", { directories: true })).toEqual(["empty/"]);
    expect(await tree.paths("lib", { directories: true })).toContain("lib/hollow/inner/");
    expect(await tree.paths("lib", { directories: true })).not.toContain("lib/hollow/");
    expect(await tree.paths("lib/*", { directories: true })).toEqual([
      "lib/a.ts",
      "lib/deep/",
      "lib/hollow/",
    ]);
    expect(await tree.paths(["src/sub", "!**/.hidden"], { directories: true })).toEqual(["src/sub/"]);
    expect(await tree.paths("empty")).toEqual([]);
  });
});

test("a name that begins with ! is matched by a pattern that doesn't begin with it", async () => {
  using other = new Tree("a/!x", "a/y");
  expect(await other.paths("a/!x*")).toEqual(["a/!x"]);
  expect(await other.paths("./!x*")).toEqual([]);
  expect(await other.paths("\\!x")).toEqual([]);
});

test.skipIf(process.platform === "darwin")(
  "secrets are reserved in upper case, too (skipped where case doesn't count)",
  async () => {
    using other = new Tree(".ENV", ".Env.local", ".GIT/config", "Node_Modules/a");
    expect(await other.paths(".")).toEqual(["Node_Modules/a"]);
    expect(await other.paths(".ENV")).toEqual([".ENV"]);
  },
);

describe("a pattern with ..", () => {
  test.each<[string, string | string[], string[]]>([
    ["lib/deep", "../a.ts", ["../a.ts"]],
    ["lib/deep", "../../src/a.ts", ["../../src/a.ts"]],
    ["lib/deep", ["../**/*.ts", "*.js"], ["../a.ts", "b.ts", "c.js"]],
    ["lib/deep", "../deep/b.ts", ["b.ts"]],
    ["lib/deep", "../../{gen,lib}/**/*.ts", ["../../gen/x.ts", "../a.ts", "b.ts"]],
    ["lib/deep", ["../../src/*", "!**/*.test.ts"], ["../../src/a.ts"]],
    ["lib/deep", ["..", "!../a.ts", "!b.ts"], ["c.js"]],
    [
      "lib/deep",
      ["../..", "!../../src", "!../../*", "!gen", "!../../gen"],
      ["../../.github/ci.yml", "../a.ts", "b.ts", "c.js"],
    ],
    ["lib/deep", ["*", "!../deep"], []],
    ["lib/deep", ["../../gen", "*", "!../d*/*.js"], ["../../gen/x.ts", "b.ts"]],
  ])("names files from cwd: in %s, %j", async (cwd, globs, paths) => {
    expect(await tree.paths(globs, { cwd: tree.at(cwd) })).toEqual(paths);
  });

  test("can't lead above the root", async () => {
    const error = await tree.set("../".repeat(60)).catch((error: unknown) => error);
    expect(error).toMatchObject({ code: "BAD_ARGUMENT", message: expect.stringContaining("60 times") });
  });

  test("starts from the real folder, if cwd is a symbolic link", async () => {
    using other = new Tree("real/in/a.ts", "real/b.ts", "b.ts");
    other.link("link", "real/in");
    expect(await other.paths(["../b.ts", "a.ts"], { cwd: other.at("link") })).toEqual(["../b.ts", "a.ts"]);
    const [file] = (await other.set("../b.ts", { cwd: other.at("link") })).files;
    expect(file).toMatchObject({ size: "real/b.ts".length });
  });
});

test("the patterns that match nothing are reported; exclusions aren't", async () => {
  const globs = [
    "src/*.ts",
    "scr/*.ts",
    "gen/.env*",
    "empty",
    "src/gen/y.ts",
    "!src/gen",
    "!nothing",
    "{a,z}.ts",
  ];
  expect((await tree.set(globs)).unmatched).toEqual(["scr/*.ts", "gen/.env*", "empty", "src/gen/y.ts"]);
  expect((await tree.set("nothing")).unmatched).toEqual(["nothing"]);
  expect((await tree.set("empty", { directories: true })).unmatched).toEqual([]);
});

test.each<[unknown, string]>([
  ["/etc/passwd", "is absolute"],
  ["{a,/b}", "is absolute"],
  ["src/../a", 'has ".." after a name'],
  ["a/..", 'has ".." after a name'],
  ["", 'is ""; expected one such as'],
  ["!", "is empty"],
  ["{,a}", "is empty"],
  ["!!a", 'has a second "!"'],
  ["!a", "every pattern of the file set excludes"],
  ["a\0", "has a NUL character"],
  ["\ud800", "has a lone surrogate"],
  ["a".repeat(5_000), "has 5000 characters"],
  ["{a,b}".repeat(11), "stands for more than 1024"],
  ["@(a|b/c)", 'has a "/" inside @(a|b/c)'],
  ["x[a/b]", 'has a "/" inside [a/b]'],
  [5, "the patterns of the file set are 5"],
  [undefined, "the patterns of the file set are undefined"],
  [["a", 5], "a pattern of the file set is 5"],
  // biome-ignore lint/suspicious/noSparseArray: a hole is what this is about
  [[, "a"], "a pattern of the file set is undefined"],
])("a pattern is refused: %j", async (globs, message) => {
  // @ts-expect-error: this is what a caller without types may pass
  const error = await tree.set(globs).catch((error: unknown) => error);
  expect(error).toMatchObject({ code: "BAD_ARGUMENT" });
  expect(String(error)).toContain(message);
});

test("a pattern of unclosed braces is read in no time", () => {
  const matcher = new Matcher("{[@(".repeat(1_000));
  expect(matcher.match(matcher.start(0), "a", false).matched).toEqual([]);
});

/** Whether a pattern matches a path, by one name after the other. */
function matches(pattern: string, path: string): boolean {
  const matcher = new Matcher(pattern);
  const names = path.split("/");
  let place = matcher.start(0);
  for (const name of names.slice(0, -1)) place = matcher.match(place, name, true).within;
  return matcher.match(place, names.at(-1) ?? "", false).matched.length > 0;
}

test("patterns match what Bun.Glob matches, but for folders, [!x] and /", () => {
  const random = new Random(4);
  const parts = [
    "a",
    "b",
    "*",
    "**",
    "?",
    "[ab]",
    "[a-b]",
    "{a,b}",
    "{a,b/a}",
    "@(a|b)",
    "!(a)",
    "*a",
    "{1..2}",
    "a*b",
    "\\a",
    "+(a)",
    "{{a,b},c}",
    "ab",
    "(a",
    "a{,b}",
  ] as const;
  const words = ["a", "b", "c", "ab", "aab", "1", "x.y", ".a", "é"] as const;
  let hits = 0;
  for (let round = 0; round < 20_000; round++) {
    const pattern = random.repeat(1, 4, () => random.pick([...parts])).join("/");
    const path = random.repeat(1, 4, () => random.pick([...words])).join("/");
    // A plain name at the end also stands for what is in the folder.
    const glob = new Bun.Glob(pattern);
    const isInFolder =
      /(^|\/)(\\?a|b|ab|\(a|[^/]*\{[^.]*\})$/.test(pattern) && new Bun.Glob(`${pattern}/**`).match(path);
    const expected = glob.match(path) || isInFolder;
    if (expected) hits++;
    if (matches(pattern, path) !== expected) throw new Error(`${pattern} on ${path}: expected ${expected}`);
  }
  expect(hits).toBeGreaterThan(1_000);
});
