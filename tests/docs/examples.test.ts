import { afterAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../tools/generated-docs.ts";
import { Project } from "./project.ts";

const project = new Project();
afterAll(() => project[Symbol.dispose]());
project.write("in.c", "int x;\n");
project.write("package.json", "{}");

/** The examples in the doc comments of a file. */
function examples(path: string): string[] {
  const text = readFileSync(join(root, path), "utf8");
  return [...text.matchAll(/^ *\* ```ts\n(.*?)^ *\* ```$/gms)].map(([, lines = ""]) =>
    lines.replace(/^ *\* ?/gm, ""),
  );
}

/** Those of steps have a page with its own test. */
const sources = [...new Bun.Glob("**/*.ts").scanSync(join(root, "src"))]
  .map((name) => `src/${name}`)
  .filter((path) => !path.startsWith("src/step/") && examples(path).length > 0)
  .sort();

describe("an example in a doc comment runs as it is, with what it prints:", () => {
  test.each([
    ["src/client/client.ts", "false what takes long to make\n"],
    ["src/files/key.ts", ""],
    ["src/hash.ts", ""],
  ])("%s", (path, output) => {
    const [example = "", ...others] = examples(path);
    expect(others).toEqual([]);
    expect(project.ts(example)).toEqual({ code: 0, output, errors: "" });
  });

  test("and there are no others", () => {
    expect(sources).toEqual(["src/client/client.ts", "src/files/key.ts", "src/hash.ts"]);
  });
});
