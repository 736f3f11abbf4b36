import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { GoSandbox } from "../../../fixtures/go-sandbox.ts";
import { hasGo } from "../../../fixtures/go-toolchains.ts";
import { compareHashes } from "../../../src/trace/index.ts";
import { expectNamed, traceGo } from "./traced-go.ts";

const patience = 60_000;
setDefaultTimeout(patience);

let made: GoSandbox | undefined;
afterAll(() => made?.[Symbol.asyncDispose]());

function sandbox(): GoSandbox {
  made ??= new GoSandbox(patience);
  return made;
}

/** Two packages that import nothing of the standard library: to compile that takes seconds. */
function smallModule(): string {
  const folder = sandbox().folder("module");
  const files = {
    "go.mod": "module example.com/small\n\ngo 1.24\n",
    "a/a.go": 'package a\n\nimport "example.com/small/b"\n\nconst A = b.B\n',
    "b/b.go": "package b\n\nconst B = 1\n",
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  sandbox().ageAll(folder);
  return folder;
}

describe.skipIf(!hasGo)("names of what go asks for (needs Go)", () => {
  test("go vet, and then again; go build of a changed file, with the line that changed", async () => {
    const options = { cwd: smallModule(), store: sandbox().folder("store") };
    const cold = await traceGo(sandbox(), ["vet", "./..."], options);
    expect(cold.exitCode).toBe(0);
    expectNamed(cold);
    expect(cold.names.unnamed).toEqual([]);
    const warm = await traceGo(sandbox(), ["vet", "./..."], options);
    expectNamed(warm);
    expect(warm.names.unnamed).toEqual([]);
    for (const kind of ["build", "sources", "vet"] as const) expect(warm.names.kinds.get(kind)).toBe(2);
    sandbox().edit(options.cwd, "b/b.go", "B = 1", "B = 2");
    const build = await traceGo(sandbox(), ["build", "./a"], options);
    expectNamed(build);
    expect(build.names.kinds.get("build output")).toBe(2);
    const { changed, followed } = compareHashes(warm.hashes, build.hashes);
    const [index, compiled] = changed.toSorted((one, other) => (one.name < other.name ? 1 : -1));
    expect(index?.name).toBe(`index ${options.cwd}/b`);
    expect(compiled).toMatchObject({
      name: "build example.com/small/b",
      after: [expect.stringMatching(/^file b.go \S+$/)],
    });
    expect(followed).toEqual(["build example.com/small/a"]);
  });
});
