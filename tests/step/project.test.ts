import { describe, expect, test } from "bun:test";
import { realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { ArgumentError } from "../../src/errors.ts";
import { readPackageFile } from "../../src/step/package-file.ts";
import { directoryInRoot, findPackage, findRoot, stepID } from "../../src/step/project.ts";
import { TempProject } from "./temp-project.ts";

const none = {};

describe("the root is the nearest directory", () => {
  test.each<[string, Readonly<Record<string, unknown>>, string, string]>([
    [
      "with workspaces",
      { "package.json": { workspaces: ["packages/*"] }, "packages/a/package.json": none },
      "packages/a",
      "",
    ],
    [
      "with workspaces, not one further up",
      {
        "package.json": { workspaces: [] },
        "in/package.json": { workspaces: { packages: [] } },
        "in/a/package.json": none,
      },
      "in/a",
      "in",
    ],
    [
      "with workspaces, though a .git is nearer",
      { "package.json": { workspaces: [] }, "in/.git/HEAD": "", "in/a/package.json": none },
      "in/a",
      "",
    ],
    [
      "with workspaces, itself included",
      { "a/package.json": { workspaces: [] }, "package.json": none },
      "a",
      "a",
    ],
    ["else with a .git", { ".git/HEAD": "", "a/package.json": none, "a/b/c": "" }, "a/b", ""],
    [
      "else with a .git, which is a file in a worktree",
      { ".git": "gitdir: x", "a/package.json": none },
      "a",
      "",
    ],
    [
      "and a malformed package.json on the way is no error",
      { "package.json": { workspaces: [] }, "a/package.json": "{" },
      "a",
      "",
    ],
    ["and nor is a folder with its name", { ".git/HEAD": "", "a/package.json/x": "" }, "a", ""],
  ])("%s", (_, files, cwd, root) => {
    using project = new TempProject(files);
    expect(findRoot(project.path(cwd))).toBe(project.path(root));
  });

  // A TMPDIR within a project would make that the root.
  const temporary = realpathSync.native(tmpdir());
  const outside = findRoot(temporary) === temporary && findPackage(temporary) === undefined;

  test.if(outside)("else with a package.json, else itself", () => {
    using project = new TempProject({ "a/package.json": none, "a/b/c": "", "d/e": "" });
    expect(findRoot(project.path("a/b"))).toBe(project.path("a"));
    expect(findRoot(project.path("d"))).toBe(project.path("d"));
    expect(findPackage(project.path("d"))).toBeUndefined();
  });

  test("of where a link leads", () => {
    using project = new TempProject({
      "a/package.json": { workspaces: [] },
      "b/package.json": { workspaces: [] },
    });
    project.link("b/in", "../a");
    expect(findRoot(project.path("b/in"))).toBe(project.path("a"));
  });
});

test("the package is the nearest directory with a package.json", () => {
  using project = new TempProject({ "package.json": none, "a/package.json": "{", "a/b/c/d": "" });
  expect(findPackage(project.path("a/b/c"))).toBe(project.path("a"));
  expect(findPackage(project.path("a"))).toBe(project.path("a"));
  expect(findPackage(project.root)).toBe(project.root);
});

describe("a directory's path from the root", () => {
  test("has no symbolic links, and is empty for the root", () => {
    using project = new TempProject({ "packages/lib/x": "", "..a/x": "" });
    project.link("lib", "packages/lib");
    project.link("packages/lib/up", "..");
    const from = (path: string) => directoryInRoot(`${project.root}/${path}`, project.root);
    expect(["", ".", "packages/lib/", "lib", "lib/up", "lib/..", "..a"].map(from)).toEqual([
      "",
      "",
      "packages/lib",
      "packages/lib",
      "packages",
      "packages",
      "..a",
    ]);
    expect(directoryInRoot(project.path("packages/lib"), project.path("lib/up"))).toBe("lib");
  });

  test("doesn't exist outside of it", () => {
    using project = new TempProject({ "a/x": "", "ab/x": "" });
    const [a, ab] = [project.path("a"), project.path("ab")];
    for (const [directory, root] of [
      [ab, a],
      [project.root, a],
      ["/", a],
    ] as const)
      expect(() => directoryInRoot(directory, root)).toThrow(
        new ArgumentError(`${directory} isn't in the project, whose root is ${root}`),
      );
    expect(() => directoryInRoot(project.path("none"), a)).toThrow(ArgumentError);
    expect(() => findRoot(project.path("none"))).toThrow(/none can't be opened: ENOENT/);
  });

  test("and a name make an id", () => {
    expect([stepID("packages/lib", "build"), stepID("", "build")]).toEqual(["packages/lib:build", ":build"]);
  });
});

describe("a package.json", () => {
  test.each<[unknown, Readonly<Record<string, unknown>>]>([
    ['\ufeff{"name": "a"}', { name: "a" }],
    ['{"name": "a", "name": "b"}', { name: "b" }],
    [{ größe: 1 }, { größe: 1 }],
  ])("%j is read", (content, value) => {
    using project = new TempProject({ "package.json": content });
    expect(readPackageFile(project.root)).toEqual(value);
  });

  test.each<[unknown, RegExp]>([
    ["{", /^x\/package\.json isn't JSON: .*JSON/],
    ['{"a": 1 /* why */}', /^x\/package\.json isn't JSON: .*'\/'/],
    ["", /^x\/package\.json isn't JSON: /],
    ["[]", /^x\/package\.json holds an Array; expected an object$/],
    ["null", /^x\/package\.json holds null; expected an object$/],
    [Uint8Array.of(0x22, 0xff, 0x22), /^x\/package\.json can't be read: it isn't valid UTF-8$/],
  ])("%p is an error with its path", (content, message) => {
    using project = new TempProject({ "package.json": content });
    const read = () => readPackageFile(project.root, "x/package.json");
    expect(read).toThrow(ArgumentError);
    expect(read).toThrow(message);
  });

  test("may be missing, but not be a folder", () => {
    using project = new TempProject({ "a/package.json/x": "", b: "" });
    expect(readPackageFile(project.root)).toBeUndefined();
    expect(readPackageFile(project.path("b"))).toBeUndefined();
    expect(() => readPackageFile(project.path("a"))).toThrow(/a\/package\.json can't be read: EISDIR/);
  });
});
