import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { graphPath, readGraphFile } from "../../../src/trace/record/graph-file.ts";

test.each([
  [["go", "build", "-debug-actiongraph=/g", "./..."], undefined, "/g"],
  [["go", "build", "--debug-actiongraph", "/g"], undefined, "/g"],
  [["go", "build", "-debug-actiongraph=a", "-debug-actiongraph=g"], undefined, "/src/g"],
  [["go", "build"], "-trimpath '-debug-actiongraph=/a b'", "/a b"],
  [["go", "build", "-debug-actiongraph=/g"], "-debug-actiongraph=/other", "/g"],
  [["go", "test", ".", "-args", "-debug-actiongraph=/g"], undefined, undefined],
  [["go", "build"], "'unclosed", undefined],
  [["go", "build", "-debug-actiongraph="], undefined, undefined],
])("%j with GOFLAGS=%p writes its graph to %p", (command, GOFLAGS, path) => {
  const env = GOFLAGS === undefined ? {} : { GOFLAGS };
  expect(graphPath({ pid: 1, command, directory: "/src", env })).toBe(path);
});

test("a relative path in an unknown directory is unknown", () => {
  expect(graphPath({ pid: 1, command: ["go", "-debug-actiongraph=g"] })).toBeUndefined();
});

test("a graph from before is another go's", () => {
  const folder = mkdtempSync(join(tmpdir(), "cacheprogw-"));
  try {
    const path = join(folder, "graph.json");
    expect(readGraphFile(path, 0)).toBeUndefined();
    writeFileSync(path, "[]");
    utimesSync(path, 1000, 1000);
    expect(readGraphFile(path, 1_000_000)).toBe("[]");
    expect(readGraphFile(path, 1_001_000)).toBeUndefined();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
