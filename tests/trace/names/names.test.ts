import { expect, test } from "bun:test";
import { subkeyOf } from "../../../src/trace/names/go/ids.ts";
import { headsNeeded, nameActions, parseGraph, showName } from "../../../src/trace/names/index.ts";
import { collectTrace } from "../../../src/trace/trace.ts";

const id = (byte: string) => byte.repeat(32);
const short = (hex: string) => Buffer.from(hex, "hex").subarray(0, 15).toString("base64url");

const [build, link] = [id("ab"), id("cd")];
const graph = JSON.stringify([
  { ID: 0, Mode: "link", Package: "example.com/m", Deps: [1], ActionID: short(link) },
  { ID: 1, Mode: "build", Package: "example.com/m", ActionID: short(build) },
]);

/** A trace of gets of these actions. */
function trace(actions: readonly string[], heads: Readonly<Record<string, string>>, text = graph) {
  const go = { pid: 1 };
  const host = { platform: "linux", arch: "x64", processors: 1, memory: 1 };
  return collectTrace("t", [
    { kind: "start", version: 1, time: "", recorder: "", program: [], go, host },
    ...actions.map((action, at) => ({ kind: "request", at, id: at, command: "get", action }) as const),
    { kind: "graph", at: 90, text },
    ...Object.entries(heads).map(([action, head]) => ({ kind: "head", at: 91, action, text: head }) as const),
  ]);
}

test("builds and links of the graph, and their subkeys", async () => {
  const sources = subkeyOf(build, "srcfiles");
  const made = subkeyOf(build, "_cgo_gotypes.go");
  const outputs = [subkeyOf(build, "stdout"), subkeyOf(build, "link-stdout")];
  const names = nameActions(
    await trace([build, link, sources, made, ...outputs], { [sources]: "_cgo_gotypes.go\n" }),
  );
  const shown = [build, link, sources, made, ...outputs].map((action) =>
    showName(names.of(action) ?? { kind: "index", package: "" }),
  );
  expect(shown).toEqual([
    "build example.com/m",
    "link example.com/m",
    "sources example.com/m",
    "generated example.com/m _cgo_gotypes.go",
    "build output example.com/m",
    "link output example.com/m",
  ]);
  expect(names).toMatchObject({ ids: 6, unnamed: [], problem: undefined });
  expect(names.kinds.get("build")).toBe(1);
});

test("by content, for actions that the graph doesn't name", async () => {
  const heads = {
    [id("01")]: "go index v2\n/src/fmt",
    [id("02")]: "ok  \texample.com/m\t0.1s\n",
    [id("03")]: "true",
    [id("04")]: "/usr/bin/gcc\0stat 5 1\n",
    [id("05")]: "something else",
    [build]: "true",
  };
  const names = nameActions(await trace(Object.keys(heads), heads));
  expect(Object.keys(heads).map((action) => names.of(action))).toEqual([
    { kind: "index", package: "", file: "/src/fmt" },
    { kind: "test output", package: "example.com/m" },
    { kind: "probe", package: "" },
    { kind: "compiler", package: "", file: "/usr/bin/gcc" },
    undefined,
    { kind: "build", package: "example.com/m" },
  ]);
  expect(names).toMatchObject({ ids: 6, unnamed: [id("05")] });
});

test("what the graph names in two ways has no name", async () => {
  const twice = JSON.stringify([
    { ID: 0, Mode: "build", Package: "a", ActionID: short(build) },
    { ID: 1, Mode: "build", Package: "b", ActionID: short(build) },
  ]);
  expect(nameActions(await trace([build], {}, twice)).unnamed).toEqual([build]);
});

test("a graph that can't be read is a problem that is told", async () => {
  const names = nameActions(await trace([build], {}, "{"));
  expect(names).toMatchObject({
    graph: [],
    unnamed: [build],
    problem: expect.stringContaining("isn't JSON"),
  });
});

test("heads are needed for what the graph doesn't name, and for lists of sources", () => {
  const sources = subkeyOf(build, "srcfiles");
  expect(headsNeeded([build, id("01"), sources, link], parseGraph(graph))).toEqual([id("01"), sources]);
  expect(headsNeeded([build], [])).toEqual([build]);
});
