import { expect, test } from "bun:test";
import { diffTraces } from "../../../src/trace/diff/diff.ts";
import { jsonDiff } from "../../../src/trace/diff/json.ts";
import { textDiff } from "../../../src/trace/diff/text.ts";
import { nothingDiffers } from "../../../src/trace/diff/trace-diff.ts";
import { hit, miss, put, start } from "../report/made.ts";
import { build, changed, type MadePackage } from "./made-graph.ts";

const module: Record<string, MadePackage> = {
  fmt: {},
  a: { deps: ["fmt"] },
  b: { deps: ["a", "fmt"] },
  c: { deps: ["b", "fmt"] },
  d: { deps: ["fmt"] },
};
const first = build(module);

function later(packages: typeof module, more: Parameters<typeof build>[1] = []) {
  const second = build(packages, more);
  return changed(second, { start: { ...second.trace.start, time: "2026-11-26T11:00:00Z" } });
}

function compile(path: string, ...words: string[]): string {
  return `compile -o /tmp/go-build${Math.round(Math.random() * 1e9)}/b001/_pkg_.a -p ${path} ${words.join(" ")}`;
}

/** The module after a change of a. */
const edited = {
  ...module,
  a: { deps: ["fmt"], source: "edited", command: compile("a", "a.go") },
  b: { deps: ["a", "fmt"], command: compile("b", "b.go") },
  c: { deps: ["b", "fmt"], command: compile("c", "c.go") },
};

test("a changed package is the cause, and those that depend on it are named with it", () => {
  const diff = diffTraces([first], [later(edited)]);
  expect(diff.causes).toEqual([
    {
      package: "a",
      kind: "build",
      why: "inputs",
      files: "unknown",
      details: [],
      dependents: ["b", "c"],
      touched: [],
      time: 60_000,
    },
  ]);
  expect(diff.changed.map((entry) => [entry.package, entry.outcomeBefore, entry.outcomeAfter])).toEqual([
    ["a", "hit", "miss"],
    ["b", "hit", "miss"],
    ["c", "hit", "miss"],
  ]);
  expect(diff).toMatchObject({ same: 2, lost: [], outputs: [], added: [], removed: [], settings: [] });
  expect(nothingDiffers(diff)).toBe(false);
});

test("a change that ends at a package whose output stays the same goes no further", () => {
  const [before, after] = [
    { output: "same", deps: ["a", "fmt"] },
    { output: "same", deps: ["a", "fmt"] },
  ];
  const diff = diffTraces(
    [build({ ...module, b: before })],
    [later({ ...module, a: { source: "edited" }, b: after })],
  );
  expect(diff.causes).toMatchObject([{ package: "a", dependents: ["b"] }]);
});

test("two changes are two causes, the one that cost most first", () => {
  const diff = diffTraces([first], [later({ ...edited, d: { source: "edited", deps: ["fmt"] } })]);
  expect(diff.causes.map(({ package: path, dependents }) => [path, dependents])).toEqual([
    ["a", ["b", "c"]],
    ["d", []],
  ]);
});

test("a package that makes another output of the same inputs is the cause", () => {
  const diff = diffTraces([first], [later({ ...module, a: { deps: ["fmt"], output: "other" } })]);
  expect(diff.causes).toMatchObject([{ package: "a", why: "output", dependents: ["b", "c"], time: 0 }]);
});

test("a cause says what it imports, and how it was compiled differently", () => {
  const [old, now] = [
    compile("d", "-lang=go1.24", "-frandom-seed=x", "d.go", "old.go"),
    compile("d", "-lang=go1.25", "-frandom-seed=y", "d.go", "new.go"),
  ];
  const before = build({ ...module, d: { deps: ["fmt"], command: old } });
  const after = later({ ...module, d: { deps: ["fmt", "a"], source: "edited", command: now } });
  expect(diffTraces([before], [after]).causes).toMatchObject([
    {
      package: "d",
      details: [
        "it imports a now",
        "the flag -lang=go1.25 is new",
        "new.go is new",
        "the flag -lang=go1.24 is gone",
        "old.go is gone",
      ],
    },
  ]);
});

/** Indexes of the directories of packages, with the ids that they have. */
function indexes(ids: Readonly<Record<string, string>>) {
  return Object.entries(ids).map(([path, id]) => hit(`index|${path}|${id}`));
}

test.each([
  ["changed", { a: "2", b: "1", d: "1" }, []],
  ["changed", { b: "1", d: "1" }, []],
  ["changed", { a: "2", b: "2", d: "1" }, ["b"]],
  ["same", { a: "1", b: "1", d: "1" }, []],
  // A fresh checkout.
  ["unknown", { a: "2", b: "2", d: "2" }, []],
] as const)("files have %s if the indexes are %p", (files, after, touched) => {
  const before = build(module, indexes({ a: "1", b: "1", d: "1" }));
  const [cause] = diffTraces([before], [later(edited, indexes(after))]).causes;
  expect(cause).toMatchObject({ package: "a", files, touched });
});

test("two equal builds are the same, in any order of requests and processes", () => {
  const [one, other] = [build(module, [hit("vet|a"), miss("link|b")]), build({}, [hit("index|x")])];
  const reversed = changed(one, { requests: one.trace.requests.toReversed() });
  const diff = diffTraces([one, other], [other, reversed]);
  expect(nothingDiffers(diff)).toBe(true);
  expect(textDiff(diff)).toBe("Nothing differs: 8 entries are the same.\n");
});

test("a miss that became a hit isn't a difference", () => {
  const diff = diffTraces([build({}, [miss("vet|a"), put("vet|a")])], [later({}, [hit("vet|a")])]);
  expect([nothingDiffers(diff), diff.same, diff.found]).toEqual([true, 1, 1]);
});

test("an entry that was put and then misses was lost by the cache; not if both are the same trace", () => {
  const cold = build({}, [miss("vet|a"), put("vet|a")]);
  const again = later({}, [miss("vet|a", { at: 0, took: 2 }), put("vet|a", { at: 2, took: 3, size: 9 })]);
  expect(diffTraces([cold], [again]).lost).toMatchObject([
    { kind: "vet", package: "a", time: 5_000, bytes: 9 },
  ]);
  expect(nothingDiffers(diffTraces([cold], [cold]))).toBe(true);
});

test("another output of the same action is a difference, except of those that have times in them", () => {
  const one = build({}, [put("vet|a", { output: "x" }), put("test output|a", { output: "x" })]);
  const other = later({}, [hit("vet|a", { output: "y" }), hit("test output|a", { output: "y" })]);
  expect(diffTraces([one], [other]).outputs).toMatchObject([{ kind: "vet", package: "a" }]);
});

test("new and gone entries are those of packages that only one build has; not what go asks for only if it needs it", () => {
  const diff = diffTraces(
    [build({ a: {} }, [hit("index|x"), miss("link|a.test")])],
    [later({ b: {} }, [miss("index|y"), hit("compiler|")])],
  );
  expect(diff.added.map((entry) => entry.package)).toEqual(["b"]);
  expect(diff.removed.map((entry) => entry.package)).toEqual(["a"]);
});

test("entries without a name are counted, and then nobody can say that nothing differs", () => {
  const diff = diffTraces([build({}, [hit("one")])], [later({}, [hit("other")])]);
  expect([diff.unnamed, nothingDiffers(diff)]).toEqual([2, false]);
  expect(textDiff(diff)).toBe("0 entries are the same. 2 entries of only one build have no name.\n");
});

test("a test that ran again by what it read is its own cause; one whose code changed isn't", () => {
  const log = "# test log\ngetenv X\n";
  const [before, after] = ["1", "2"].map((value) => {
    const packages = { ...module, ...(value === "2" ? { d: { deps: ["fmt"], source: "edited" } } : {}) };
    const made = later(packages, [
      hit("test inputs|a"),
      miss(`test output|a|${value}`),
      miss(`test output|d|${value}`),
    ]);
    return changed(made, { heads: new Map([["test inputs|a", log]]) });
  });
  if (before === undefined || after === undefined) throw new Error("two builds expected");
  expect(diffTraces([before], [after]).causes).toMatchObject([
    { package: "d", why: "inputs" },
    { package: "a", why: "test", details: ["it reads X"] },
  ]);
});

test("the settings of the go processes are compared, without the flags of a recorder", () => {
  const withGo = (flags: string, version: string) => {
    const { go, ...rest } = start([]);
    return changed(first, { start: { ...rest, go: { ...go, version, env: { GOFLAGS: flags } } } });
  };
  const [before, after] = [
    withGo("-debug-actiongraph=/tmp/1", "go1.26.8"),
    withGo("-race -debug-actiongraph=/tmp/2", "go1.27.1"),
  ];
  const diff = diffTraces([before], [after]);
  expect(diff.settings).toEqual([
    { name: "go's version", before: "go1.26.8", after: "go1.27.1" },
    { name: "GOFLAGS", before: "", after: "-race" },
  ]);
  expect(nothingDiffers(diff)).toBe(true);
});

test("the text names causes first, then what became of the entries", () => {
  const text = textDiff(diffTraces([first], [later(edited)]));
  expect(text).toBe(`\
a: its files, flags or environment changed
  and 2 packages that depend on it: b, c
  go worked on them for 60.0 ms

3 entries have another action id
  3 build: a, b, c; all missed (3.00 ms)

2 entries are the same.
`);
});

test("many causes are a few, and a hint", () => {
  const many = (source: string) =>
    build(Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`p${at}`, { source }])));
  const text = textDiff(diffTraces([many("1")], [many("2")]));
  expect(text).toContain(
    "and 20 more packages. When this many change at once, look first at go's version, flags and environment.\n",
  );
  expect(text.split("\n").length).toBeLessThan(25);
});

test("JSON has its version", () => {
  const value = JSON.parse(JSON.stringify(jsonDiff(diffTraces([first], [later(edited)]))));
  expect(value).toMatchObject({ format: "cacheprogw diff", version: 1, isSame: false, same: 2 });
});
