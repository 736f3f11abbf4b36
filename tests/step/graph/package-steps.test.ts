import { describe, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { ArgumentError } from "../../../src/errors.ts";
import { stepGraph } from "../../../src/step/graph/graph.ts";
import { PackageSteps } from "../../../src/step/graph/package-steps.ts";
import { TempProject } from "../temp-project.ts";

/** An entry that depends on these. */
function entry(...dependsOn: readonly string[]): Readonly<Record<string, unknown>> {
  return { command: "make", inputs: [], outputs: [], dependsOn };
}

/** A package.json with these steps. */
function pkg(name: string, steps: Readonly<Record<string, unknown>>, more: object = {}): object {
  return { name, ...more, cacheprogw: { steps } };
}

const workspaces = ["packages/*"];

/** What `load` finds, as `id <- dependencies`. */
function load(project: TempProject, references: readonly string[], directory = ""): string[] {
  const steps = new PackageSteps(project.root).load(references, project.path(directory));
  return steps.map(({ id, dependencies }) => [id, ...dependencies].join(" "));
}

function refusal(project: TempProject, references: readonly string[], directory = ""): string {
  try {
    load(project, references, directory);
  } catch (error) {
    if (error instanceof ArgumentError) return error.message;
    throw error;
  }
  return expect.unreachable();
}

describe("steps are loaded", () => {
  test("with those they depend on, in the same package, other directories and packages by name", () => {
    using project = new TempProject({
      "package.json": pkg(
        "root",
        { all: entry("lib:build", "./packages/app:build"), gen: entry(), unrelated: 5 },
        { workspaces },
      ),
      "packages/lib/package.json": pkg("lib", { build: entry("gen"), gen: entry("../..:gen"), broken: {} }),
      "packages/app/package.json": pkg("@acme/app", {
        build: entry("../lib:build", "@acme/app:gen"),
        gen: entry(),
      }),
    });
    expect(load(project, ["all"])).toEqual([
      ":all packages/lib:build packages/app:build",
      "packages/lib:build packages/lib:gen",
      "packages/app:build packages/lib:build packages/app:gen",
      "packages/lib:gen :gen",
      "packages/app:gen",
      ":gen",
    ]);
    expect(load(project, ["gen", "../lib:gen", "root:gen", "gen"], "packages/app")).toEqual([
      "packages/app:gen",
      "packages/lib:gen :gen",
      ":gen",
    ]);
  });

  test("as definitions of their directories", () => {
    using project = new TempProject({
      "a/package.json": pkg("a", {
        build: { command: ["tsc"], inputs: ["src/**"], outputs: ["dist"], env: ["CI"] },
      }),
    });
    expect(new PackageSteps(project.root).load(["build"], project.path("a"))).toEqual([
      {
        id: "a:build",
        definition: {
          name: "build",
          cwd: project.path("a"),
          command: { argv: ["tsc"] },
          inputs: ["src/**"],
          outputs: ["dist"],
          env: ["CI"],
          version: "",
          platform: "this",
          dependsOn: [],
        },
        dependencies: [],
      },
    ]);
  });

  test("once, whichever way leads to them", () => {
    using project = new TempProject({
      "package.json": pkg(
        "root",
        { all: entry("./a:x", "a:x", "./link:x", "./a/../a:x") },
        { workspaces: ["a"] },
      ),
      "a/package.json": pkg("a", { x: entry() }),
    });
    project.link("link", "a");
    expect(load(project, ["all"])).toEqual([":all a:x", "a:x"]);
  });

  test("in a circle, which the graph reports", () => {
    using project = new TempProject({
      "a/package.json": pkg("a", { x: entry("../b:y") }),
      "b/package.json": pkg("b", { y: entry("../a:x") }),
    });
    expect(() => stepGraph(new PackageSteps(project.root).load(["./a:x"], project.root))).toThrow(
      "steps depend on each other in a circle: a:x -> b:y -> a:x; expected an end",
    );
  });

  test("from files that are read once", () => {
    using project = new TempProject({
      "package.json": pkg("root", { a: entry("./lib:b"), c: entry("lib:d") }, { workspaces: ["lib"] }),
      "lib/package.json": pkg("lib", { b: entry(), d: entry() }),
    });
    const steps = new PackageSteps(project.root);
    steps.load(["a"], project.root);
    for (const path of ["package.json", "lib/package.json"]) project.write(path, "{");
    expect(steps.load(["c"], project.root).map(({ id }) => id)).toEqual([":c", "lib:d"]);
    expect(steps.names(project.path("lib"))).toEqual(["b", "d"]);
    expect(() => new PackageSteps(project.root).names(project.root)).toThrow("package.json isn't JSON: ");
  });

  test("by names that objects have anyway", () => {
    using project = new TempProject({
      "package.json": `{"cacheprogw": {"steps": {"__proto__": ${JSON.stringify(entry())}, "toString": ${JSON.stringify(entry("__proto__"))}}}}`,
    });
    expect(load(project, ["toString"])).toEqual([":toString :__proto__", ":__proto__"]);
    expect(refusal(project, ["valueOf"])).toContain('has no step "valueOf"');
  });

  test("along a chain of 5,000", () => {
    const chain = Array.from(
      { length: 5000 },
      (_, at) => [`s${at}`, at < 4999 ? entry(`s${at + 1}`) : entry()] as const,
    );
    using project = new TempProject({ "package.json": pkg("long", Object.fromEntries(chain)) });
    const steps = new PackageSteps(project.root).load(["s0"], project.root);
    expect(stepGraph(steps).steps[0]?.id).toBe(":s4999");
  });
});

test("the names of a package's steps come in the order of the file", () => {
  using project = new TempProject({
    "package.json": pkg("x", { b: 1, a: 2 }),
    "a/package.json": { name: "a" },
    "b/package.json": { cacheprogw: {} },
    "c/x": "",
  });
  const steps = new PackageSteps(project.root);
  const names = ["", "a", "b", "c"].map((directory) => steps.names(project.path(directory)));
  expect(names).toEqual([["b", "a"], [], [], []]);
});

describe("workspaces are found", () => {
  const sample = {
    "packages/a/package.json": pkg("a", { x: entry() }),
    "packages/deep/b/package.json": pkg("b", { x: entry() }),
    "packages/a/node_modules/c/package.json": pkg("c", { x: entry() }),
    "packages/none/readme": "",
    "e/package.json": pkg("e", { x: entry() }),
  };
  test.each<[unknown, string]>([
    [["packages/*"], "a"],
    [["./packages/*/", "e"], "a e"],
    [["packages/**"], "a b"],
    [["packages/**", "!packages/deep/**"], "a"],
    [["**", "!./e"], "a b"],
    [["!e", "e"], "e"],
    [{ packages: ["e", "none"] }, "e"],
  ])("in %j", (workspaces, found) => {
    using project = new TempProject({ ...sample, "package.json": { name: "root", workspaces } });
    const isThere = (name: string) => {
      try {
        return load(project, [`${name}:x`]).length === 1;
      } catch {
        return false;
      }
    };
    expect(["a", "b", "c", "e"].filter(isThere).join(" ")).toBe(found);
  });

  test.each<[unknown, string]>([
    ["packages/*", 'package.json: workspaces is "packages/*"; expected a list of patterns'],
    [{ packages: 5 }, "package.json: workspaces.packages is 5; expected a list of patterns"],
    [["a", 5], "package.json: workspaces[1] is 5; expected a pattern of directories in the root"],
    [["../x"], 'package.json: workspaces[0] is "../x"; expected a pattern of directories in the root'],
    [["/x"], "expected a pattern of directories in the root"],
  ])("not in %j, and that is an error where a name is asked for", (workspaces, message) => {
    using project = new TempProject({ "package.json": pkg("root", { x: entry() }, { workspaces }) });
    expect(load(project, ["x"])).toEqual([":x"]);
    expect(refusal(project, ["a:x"])).toContain(message);
  });

  test("nowhere, if there are none", () => {
    for (const workspaces of [{ nohoist: ["x"] }, []]) {
      using project = new TempProject({ "package.json": { name: "root", workspaces } });
      expect(refusal(project, ["a:x"])).toContain('no package is named "a". There are: root.');
    }
  });

  test("though a package.json that isn't needed is malformed", () => {
    using project = new TempProject({
      "package.json": { workspaces },
      "packages/a/package.json": pkg("a", { x: entry() }),
      "packages/broken/package.json": "{",
    });
    expect(load(project, ["a:x"])).toEqual(["packages/a:x"]);
    expect(refusal(project, ["zzz:x"])).toContain(
      `can't run "zzz:x": no package is named "zzz". There are: a. But packages/broken/package.json isn't JSON: `,
    );
  });
});

describe("an error says who asked, and what there is:", () => {
  const files = {
    "package.json": pkg("root", { all: entry("lib:build") }, { workspaces }),
    "packages/lib/package.json": pkg("lib", { build: entry(), gen: entry() }),
    "packages/empty/package.json": { name: "empty" },
    "packages/none/x": "",
  };
  const asker = `packages/app/package.json: step "build" can't depend on`;

  test.each([
    ["biuld", `${asker} "biuld": packages/app/package.json has no step "biuld". Did you mean "build"?`],
    ["../lib:zzz", `${asker} "../lib:zzz": packages/lib/package.json has no step "zzz". It has: build, gen.`],
    ["lib:zzz", `${asker} "lib:zzz": packages/lib/package.json has no step "zzz". It has: build, gen.`],
    ["../lbi:build", `${asker} "../lbi:build": there is no directory ../lbi. Did you mean "lib"?`],
    ["../zzzzz:build", `${asker} "../zzzzz:build": there is no directory ../zzzzz.`],
    ["../none:build", `${asker} "../none:build": there is no packages/none/package.json`],
    [
      "empty:build",
      `${asker} "empty:build": packages/empty/package.json has no steps; expected "cacheprogw": {"steps": {"build": {...}}}`,
    ],
    ["lbi:build", `${asker} "lbi:build": no package is named "lbi". Did you mean "lib"?`],
    ["zzz:build", `${asker} "zzz:build": no package is named "zzz". There are: root, app, empty, lib.`],
    [
      "in:build",
      `${asker} "in:build": no package is named "in". There are: root, app, empty, lib. For the directory, write "./in:build".`,
    ],
    [
      "../../..:build",
      `${asker} "../../..:build": ROOT/packages/app/../../.. isn't in the project, whose root is ROOT`,
    ],
  ])("%s", (reference, message) => {
    using project = new TempProject({
      ...files,
      "packages/app/package.json": pkg("app", { build: entry(reference) }),
      "packages/app/in/x": "",
    });
    expect(refusal(project, ["build"], "packages/app").replaceAll(project.root, "ROOT")).toBe(message);
  });

  test("the command line", () => {
    using project = new TempProject(files);
    expect(refusal(project, ["al"])).toBe(
      `can't run "al": package.json has no step "al". Did you mean "all"?`,
    );
    expect(refusal(project, ["a/b"])).toBe(
      'the step is "a/b"; expected the name of a step after it: "a/b:NAME"',
    );
    expect(refusal(project, ["x"], "packages/none")).toBe(
      `can't run "x": there is no packages/none/package.json`,
    );
  });

  test("of many names, the first 20", () => {
    const steps = Object.fromEntries(Array.from({ length: 25 }, (_, at) => [`step-number-${at}`, entry()]));
    using project = new TempProject({ "package.json": pkg("root", steps) });
    expect(refusal(project, ["x"])).toMatch(/ It has: step-number-0, .*, step-number-19 and 5 more\.$/);
  });

  test("two packages of one name", () => {
    using project = new TempProject({
      ...files,
      "packages/other/package.json": pkg("lib", {}),
    });
    expect(refusal(project, ["all"])).toBe(
      `package.json: step "all" can't depend on "lib:build": packages/lib/package.json and packages/other/package.json ` +
        `are both named "lib"; expected a directory, such as "../lib:build"`,
    );
  });

  test("no workspaces at all", () => {
    using project = new TempProject({ "package.json": pkg("root", { all: entry("lib:build") }) });
    expect(refusal(project, ["all"])).toContain('no package is named "lib". The root has no workspaces.');
  });
});

describe("a malformed package.json is refused where it's needed:", () => {
  const where = "packages/lib/package.json";

  test.each<[unknown, string]>([
    ["{", `${where} isn't JSON: `],
    ['{"cacheprogw": {"steps": {/* none */}}}', `${where} isn't JSON: `],
    [{ cacheprogw: 5 }, `${where}: "cacheprogw" is 5; expected an object`],
    [{ cacheprogw: null }, `${where}: "cacheprogw" is null; expected an object`],
    [{ cacheprogw: { step: {} } }, `${where}: "cacheprogw" has no property "step". Did you mean "steps"?`],
    [{ cacheprogw: { cache: {} } }, `${where}: "cacheprogw" has no property "cache". Expected "steps".`],
    [
      { cacheprogw: { steps: [] } },
      `${where}: "steps" is an Array; expected an object with a step for each name`,
    ],
    [
      pkg("lib", { "build:prod": {}, build: entry() }),
      `${where}: the name of a step is "build:prod"; a step's name can't`,
    ],
    [pkg("lib", { build: 5 }), `${where}: step "build" is 5; expected an object`],
    [
      pkg("lib", { build: { ...entry(), inputs: ["a", "b", 5] } }),
      `${where}: step "build": inputs[2] is 5; expected a pattern`,
    ],
    [
      pkg("lib", { build: { ...entry(), ouputs: [] } }),
      `${where}: step "build": there is no property "ouputs". Did you mean "outputs"?`,
    ],
  ])("%j", (content, message) => {
    using project = new TempProject({
      "package.json": pkg("root", { all: entry("./packages/lib:build"), alone: entry() }, { workspaces }),
      "packages/lib/package.json": content,
    });
    expect(load(project, ["alone"])).toEqual([":alone"]);
    expect(refusal(project, ["all"])).toStartWith(message);
  });
});

test("a project that is gone is an error", () => {
  using project = new TempProject();
  rmSync(project.root, { recursive: true });
  expect(refusal(project, ["x"])).toContain("can't be opened: ENOENT");
});

describe("outputs of two steps", () => {
  const writes = (...outputs: readonly string[]) => ({ command: "make", inputs: [], outputs });

  test("that meet are refused in one run; each alone is none of the other's business", () => {
    using project = new TempProject({
      "package.json": pkg("root", { css: writes("dist"), js: writes("dist/*.js"), test: writes() }),
    });
    const message =
      'steps css and js both have "dist/x.js" among their outputs, and each would remove the other\'s files; expected outputs of their own';
    expect(refusal(project, ["css", "js"])).toBe(message);
    expect(refusal(project, ["js", "css"])).toContain("steps js and css both");
    expect(load(project, ["css"])).toEqual([":css"]);
    expect(load(project, ["js", "test"])).toEqual([":js", ":test"]);
  });

  test("that meet in other packages are refused if both are loaded", () => {
    using project = new TempProject({
      "package.json": pkg(
        "root",
        { all: { ...writes("packages/*/dist"), dependsOn: ["lib:build"] } },
        { workspaces },
      ),
      "packages/lib/package.json": pkg("lib", { build: writes("dist") }),
    });
    expect(refusal(project, ["all"])).toStartWith(
      'steps all and packages/lib:build both have "packages/lib/dist"',
    );
    expect(load(project, ["build"], "packages/lib")).toEqual(["packages/lib:build"]);
  });

  test("that don't meet, or can't be read and aren't asked for, do no harm", () => {
    using project = new TempProject({
      "package.json": pkg("root", {
        css: writes("dist/*.css"),
        js: writes("dist/*.js"),
        absolute: writes("/dist"),
        nothing: null,
      }),
    });
    expect(load(project, ["css", "js"])).toEqual([":css", ":js"]);
  });
});
