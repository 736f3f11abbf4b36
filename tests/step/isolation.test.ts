import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileSet } from "../../src/files/file-set.ts";
import { stepDefinition } from "../../src/step/definition.ts";
import { Isolation } from "../../src/step/isolation.ts";
import { ProjectFolder } from "./project-folder.ts";

/** The isolated copies that are there now. */
function copies(): readonly string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith("cacheprogw-isolated-"));
}

describe("an isolated step", () => {
  test("has its inputs, and doesn't see what isn't declared", async () => {
    using project = new ProjectFolder();
    project.write("src/a.ts", "a");
    project.write("secret.ts", "s");
    const before = copies();
    const command = "mkdir dist; cat src/a.ts > dist/out; ls > dist/seen; cat secret.ts";
    const report = await project.run({ command }, {}, []);
    expect(report).toMatchObject({ status: "failed", end: { kind: "failed", end: { code: 1 } } });
    expect(existsSync(join(project.path, "dist"))).toBe(false);
    expect(copies()).toEqual(before);
  });

  test("leaves its outputs in the project, and its result in the cache", async () => {
    using project = new ProjectFolder();
    project.write("src/run.sh", "mkdir -p dist/empty; cp src/run.sh dist/; ln -s run.sh dist/link");
    project.write("dist/stale", "stale");
    const step = { command: "sh src/run.sh" };
    expect(await project.run(step, {}, [])).toMatchObject({ status: "ran", stored: true, warnings: [] });
    expect(readdirSync(join(project.path, "dist")).toSorted()).toEqual(["empty", "link", "run.sh"]);
    project.forget();
    project.remove("dist");
    expect(await project.run(step)).toMatchObject({ status: "hit", restored: 3 });
  });

  test("names what else its command wrote", async () => {
    using project = new ProjectFolder();
    project.write("src/a.ts", "a");
    const command = "mkdir dist; touch dist/x; echo log > build.log; echo b > src/a.ts";
    const { warnings } = await project.run({ command }, {}, []);
    expect(warnings).toEqual([
      "it also wrote build.log, which isn't one of its outputs",
      "it also wrote src/a.ts, which isn't one of its outputs",
    ]);
    expect(project.read("src/a.ts")).toBe("a");
  });

  test("has the outputs of the steps it depends on", async () => {
    using project = new ProjectFolder();
    project.write("src/a.ts", "a");
    project.write("gen/x", "generated");
    const generated = stepDefinition(
      { name: "gen", command: "true", inputs: [], outputs: ["gen"] },
      { directory: project.path },
    );
    const step = { command: "mkdir dist; cp gen/x dist/" };
    expect(await project.run(step, {}, [])).toMatchObject({ status: "failed" });
    expect(await project.run(step, {}, [generated])).toMatchObject({ status: "ran", stored: true });
  });
});

describe("the copy of a project", () => {
  const { files: none } = { files: [] };

  test("has node_modules if a lock file is among the inputs", async () => {
    using project = new ProjectFolder();
    for (const folder of ["packages/lib/node_modules/.bin", "node_modules/dep"])
      mkdirSync(join(project.path, folder), { recursive: true });
    project.write("packages/lib/bun.lock", "");
    const cwd = join(project.path, "packages/lib");
    const definition = { cwd, name: "build" };
    const { files } = await fileSet("bun.lock", { cwd });
    for (const [inputs, isLinked] of [
      [none, false],
      [files, true],
    ] as const) {
      using copy = new Isolation(project.path, definition, [{ directory: cwd, files: inputs }]);
      expect(existsSync(join(copy.cwd, "node_modules/.bin"))).toBe(isLinked);
      expect(existsSync(join(copy.root, "node_modules/dep"))).toBe(isLinked);
    }
  });

  test("can't have an input from outside of the project", async () => {
    using project = new ProjectFolder();
    mkdirSync(join(project.path, "inner"));
    project.write("outside.txt", "x");
    const cwd = join(project.path, "inner");
    const { files } = await fileSet("../outside.txt", { cwd });
    const before = copies();
    const make = () => new Isolation(cwd, { cwd, name: "build" }, [{ directory: cwd, files }]);
    expect(make).toThrow(`its input "../outside.txt" is outside of the project`);
    expect(copies()).toEqual(before);
  });

  test("is a copy: the command can't change the project through it", async () => {
    using project = new ProjectFolder();
    project.write("src/a.ts", "a");
    symlinkSync("a.ts", join(project.path, "src/link"));
    const { files } = await fileSet("src", { cwd: project.path });
    using copy = new Isolation(project.path, { cwd: project.path, name: "b" }, [
      { directory: project.path, files },
    ]);
    writeFileSync(join(copy.cwd, "src/link"), "changed");
    expect(readFileSync(join(copy.cwd, "src/a.ts"), "utf8")).toBe("changed");
    expect(project.read("src/a.ts")).toBe("a");
  });
});
