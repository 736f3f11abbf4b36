import { expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import manifest from "../../package.json";
import { documents, root, withGeneratedParts } from "../tools/generated-docs.ts";

const all = [...documents, ".github/CONTRIBUTING.md", ".github/SECURITY.md", "CHANGELOG.md"];

function read(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

/** The anchors of a page's headings. */
function anchorsOf(text: string): string[] {
  const headings = text.replace(/^```.*?^```$/gms, "").matchAll(/^#+ (.*)$/gm);
  return [...headings].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\w -]/g, "")
      .replaceAll(" ", "-"),
  );
}

/** The broken links of a page, among those within the repository. */
function brokenLinks(path: string): string[] {
  const links = [...read(path).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link);
  return links.filter((link) => {
    const [file = "", anchor] = link.split("#");
    if (/^[a-z]+:/.test(link)) return false;
    const target = file === "" ? join(root, path) : resolve(root, dirname(path), file);
    if (!existsSync(target)) return true;
    return anchor !== undefined && !anchorsOf(readFileSync(target, "utf8")).includes(anchor);
  });
}

test("the README has at most 16 KB", () => {
  expect(read("README.md").length).toBeLessThanOrEqual(16 * 1024);
});

test.each(all)("the links of %s have existing targets", (path) => {
  expect(brokenLinks(path)).toEqual([]);
});

test.each(documents)("%s links to each of the others", (path) => {
  const others = documents.filter((document) => document !== path);
  const missing = others.filter((other) => {
    const links = [...read(path).matchAll(/\]\(([^)\s#]+)/g)].map(([, file = ""]) => file);
    return !links.some((file) => resolve(root, dirname(path), file) === join(root, other));
  });
  expect(missing).toEqual([]);
});

test.each(documents)("%s is up to date; otherwise run bun tests/tools/generated-docs.ts", (path) => {
  const text = read(path);
  expect(withGeneratedParts(text)).toBe(text);
});

test.each(documents)("%s has only blocks in languages that a test runs", (path) => {
  const text = read(path).replace(/<!-- generated: .*?<!-- end -->/gs, "");
  const languages = [...text.matchAll(/^```([^\n]*)\n.*?^```$/gms)].map(([, language = ""]) => language);
  expect(languages.filter((language) => !["sh", "ts", "yaml", "json", "text"].includes(language))).toEqual(
    [],
  );
});

test.each(all)("%s names only existing scripts and files", (path) => {
  const text = read(path).replace(/<!-- generated: .*?<!-- end -->/gs, "");
  const scripts = [...text.matchAll(/\bbun run ([a-z][\w:-]*)/g)].map(([, name = ""]) => name);
  expect(scripts.filter((name) => !Object.hasOwn(manifest.scripts, name))).toEqual([]);
  const files = [...text.matchAll(/(?<![\w./-])(?:src|tests|fixtures|\.ci)\/[\w./-]*\w/g)].map(
    ([file]) => file,
  );
  expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([]);
});

test("the diagram of the architecture names each folder of src", () => {
  const folders = readdirSync(join(root, "src"), { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  );
  const [, diagram = ""] =
    read(".github/CONTRIBUTING.md").match(/^## Architecture$.*?^```text\n(.*?)^```$/ms) ?? [];
  const rooms = [...diagram.matchAll(/^[ └├─]*([\w./]+)/gm)].map(([, room = ""]) => room);
  expect(rooms).toEqual(expect.arrayContaining(folders.map(({ name }) => name)));
});

test("the workflow does what .ci/run does, on Linux and macOS", () => {
  const text = read(".github/workflows/ci.yml");
  expect(Bun.YAML.parse(text)).toMatchObject({
    jobs: {
      test: {
        strategy: { matrix: { os: ["ubuntu-latest", "macos-latest"] } },
        steps: expect.arrayContaining([{ run: ".ci/run" }]),
      },
    },
  });
});
