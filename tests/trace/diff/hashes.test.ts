import { expect, test } from "bun:test";
import { compareHashes } from "../../../src/trace/diff/hashes.ts";
import { jsonHashes, textHashes } from "../../../src/trace/diff/hashes-report.ts";
import { parseHashLog } from "../../../src/trace/names/go/hash-log.ts";
import { HashLines } from "./hash-lines.ts";

/** A run of the tests of example.com/m/b, which imports a. */
function run({ file = "x", flags = "[]", imports = ["a"], home = "1", args = "[]" } = {}) {
  const log = new HashLines();
  const a = log.hash("build example.com/m/a", "compile\n", `compile go1 ${flags}\n`, `file a.go ${file}\n`);
  const others = imports.map((path) => `import ${path} ${log.short(a)}\n`);
  const b = log.hash("build example.com/m/b", "compile\n", `import "b"\n`, "file b.go y\n", ...others);
  const link = log.hash(
    "link example.com/m/b.test",
    `packagefile b=${log.short(b)}\n`,
    `packagemain ${log.short(b)}/x\n`,
  );
  const result = log.hash("testResult", `test binary ${log.short(link)} args ${args}`);
  const inputs = log.hash("testInputs", `env HOME ${home}\n`);
  log.subkey(result, `inputs:${inputs}`);
  log.hash("getenv", home);
  log.hash("moduleIndex", "modroot /m\n", "package go1.26.8 go index v2 /m/a\n", `file a.go time-${file}\n`);
  log.hash(
    "vet example.com/m/a",
    `vetflags []\n`,
    `pkg "${a.slice(0, 9)}\\"\\x00"\n`,
    `vetout "fmt" ${log.short(b)}\n`,
  );
  return parseHashLog(log.text);
}

const names = ["build example.com/m/b", "link example.com/m/b.test", "result of the test example.com/m/b"];

test("two runs that hashed the same", () => {
  const diff = compareHashes(run(), run());
  expect(diff).toEqual({ changed: [], followed: [], added: [], removed: [], same: 7, mixed: 0 });
  expect(textHashes(diff)).toBe("Nothing differs: 7 hashes are the same\n");
  expect(jsonHashes(diff)).toMatchObject({ format: "cacheprogw diff --hashes", isSame: true, same: 7 });
});

test("a file that changed, and what follows from it", () => {
  const diff = compareHashes(run(), run({ file: "z" }));
  expect(diff.changed).toEqual([
    { name: "build example.com/m/a", before: ["file a.go x"], after: ["file a.go z"] },
    { name: "index /m/a", before: ["file a.go time-x"], after: ["file a.go time-z"] },
  ]);
  expect(diff.followed.toSorted()).toEqual([...names, "vet example.com/m/a"]);
  expect(diff.same).toBe(1);
  expect(textHashes(diff)).toBe(`build example.com/m/a
  - file a.go x
  + file a.go z
index /m/a
  - file a.go time-x
  + file a.go time-z
4 hashes follow from what changed: ${[...names, "vet example.com/m/a"].join(", ")}
1 hash is the same
`);
});

test("a flag; an import; the argument and the environment of a test", () => {
  const before = ["compile go1 []"];
  expect(compareHashes(run(), run({ flags: "[-N]" })).changed).toEqual([
    { name: "build example.com/m/a", before, after: ["compile go1 [-N]"] },
  ]);
  const imported = compareHashes(run(), run({ imports: ["a", "c"] })).changed;
  expect(imported).toMatchObject([
    { name: "build example.com/m/b", before: [], after: [expect.stringMatching(/^import c /)] },
  ]);
  expect(compareHashes(run(), run({ args: '["-short"]' })).changed).toMatchObject([
    { name: "result of the test example.com/m/b", after: [expect.stringContaining('["-short"]')] },
  ]);
  expect(compareHashes(run(), run({ home: "2" })).changed).toEqual([
    { name: "inputs of the test example.com/m/b", before: ["env HOME 1"], after: ["env HOME 2"] },
  ]);
});

test("what only one run has; many changes are cut, and lines of a module are taken apart", () => {
  const [one, other] = [new HashLines(), new HashLines()];
  one.hash("build gone", "gone\n");
  other.hash("build new", "new\n");
  for (let at = 0; at < 22; at++) one.hash(`build p${at}`, `x ${at}\n`);
  for (let at = 0; at < 22; at++) other.hash(`build p${at}`, `modinfo "path\\tp${at}\\nbuild\\t-race\\n"\n`);
  const diff = compareHashes(parseHashLog(one.text), parseHashLog(other.text));
  expect(diff).toMatchObject({ added: ["build new"], removed: ["build gone"] });
  const text = textHashes(diff);
  expect(text).toStartWith("build p0\n  - x 0\n  + modinfo path p0\n  + modinfo build -race\nbuild p1\n");
  expect(text).toEndWith(`and 2 more hashes with lines of their own that changed
1 hash is new: build new
1 hash is gone: build gone
0 hashes are the same
`);
});

test("hashes that mixed aren't taken for new or gone", () => {
  const mixed = new HashLines();
  mixed.add('HASH[moduleIndex]: "x"', `HASH[moduleIndex]: ${"0".repeat(64)}`);
  const diff = compareHashes(run(), parseHashLog(mixed.text));
  expect(diff.removed).not.toContain("index /m/a");
  expect(diff.removed).toContain("build example.com/m/a");
  expect(textHashes(diff)).toContain(
    "1 hash couldn't be read, because go computed several at once; with GOMAXPROCS=1 it doesn't\n",
  );
});
