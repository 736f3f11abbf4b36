import { afterAll, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { GoSandbox } from "../../../fixtures/go-sandbox.ts";
import { diffTraces } from "../../../src/trace/diff/diff.ts";
import { textDiff } from "../../../src/trace/diff/text.ts";
import { nothingDiffers } from "../../../src/trace/diff/trace-diff.ts";
import { nameActions } from "../../../src/trace/names/names.ts";
import { readBuildIDs } from "../../../src/trace/report/build-ids.ts";
import { reportOn } from "../../../src/trace/report/report.ts";
import { loadTrace } from "../../../src/trace/trace.ts";

const main = resolve(import.meta.dir, "../../../src/cli/main.ts");

/** Packages that import nothing that has to be compiled. An import of something makes go write whole paths into an index. */
const sources = {
  "go.mod": "module example.com/m\n\ngo 1.24\n",
  "a/a.go": 'package a\n\nimport _ "unsafe"\n\nfunc A() int { return 1 }\n',
  "b/b.go": 'package b\n\nimport "example.com/m/a"\n\nfunc B() int { return a.A() }\n',
  "c/c.go": 'package c\n\nimport "example.com/m/b"\n\nfunc C() int { return b.B() }\n',
  "d/d.go": "package d\n\nfunc D() int { return 4 }\n",
};

const go = Bun.which("go") === null ? undefined : new GoSandbox(60_000);
afterAll(() => go?.[Symbol.asyncDispose]());

test.skipIf(go === undefined)(
  "of two real builds, the package that was edited is the cause (needs go)",
  async () => {
    if (go === undefined) return;
    const folder = go.folder("module");
    for (const [file, text] of Object.entries(sources)) {
      mkdirSync(join(folder, file, ".."), { recursive: true });
      writeFileSync(join(folder, file), text);
    }
    go.ageAll(folder);
    const traces = go.folder("traces");
    const build = async (name: string) => {
      const file = join(traces, `${name}.jsonl`);
      const cacheProgram = [process.execPath, main, "record", "-o", file];
      const env = { GOFLAGS: `${go.flags} -debug-actiongraph=${join(traces, `${name}.json`)}` };
      expect(await go.run(["build", "./..."], { cwd: folder, cacheProgram, env })).toMatchObject({
        exitCode: 0,
        stderr: "",
      });
      const trace = await loadTrace(file);
      return { trace, names: nameActions(trace) };
    };
    const cold = await build("cold");
    const warm = await build("warm");
    go.edit(folder, "a/a.go", "return 1", "return 2 + 3");
    const edited = await build("edited");

    expect(nothingDiffers(diffTraces([cold], [warm]))).toBe(true);
    const diff = diffTraces([warm], [edited]);
    expect(diff.causes).toMatchObject([
      { package: "example.com/m/a", why: "inputs", files: "changed", touched: [] },
    ]);
    expect(diff.changed.map(({ kind, package: path }) => `${kind} ${path}`)).toContain(
      "build example.com/m/a",
    );
    expect(diff.changed.some(({ package: path }) => path === "example.com/m/d")).toBe(false);
    expect([diff.lost, diff.outputs, diff.added, diff.removed, diff.unnamed]).toEqual([[], [], [], [], 0]);
    expect(textDiff(diff)).toStartWith("example.com/m/a: its files changed\n");

    const ids = readBuildIDs(warm);
    expect([ids.size, [...ids].filter(([action, id]) => !action.startsWith(id))]).toEqual([4, []]);
    const { summary, findings } = reportOn([cold, { ...warm, buildIDs: ids }, edited]);
    expect(summary.actions.unnamed).toBe(0);
    expect(summary.processes.map(({ total }) => total.misses > 0)).toEqual([true, false, true]);
    expect(findings.filter(({ level }) => level === "wrong")).toEqual([]);
  },
  120_000,
);
