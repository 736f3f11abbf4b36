import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TraceEvent } from "../../../src/trace/events.ts";
import { Namings } from "../../../src/trace/record/at-close.ts";

const ids = Array.from({ length: 3 }, (_, at) => Bun.SHA256.hash(`action ${at}`, "hex"));
const [built = "", index = "", missed = ""] = ids;

/** A graph with these actions. */
function graph(...actions: readonly string[]): string {
  const short = (id: string) => Uint8Array.fromHex(id.slice(0, 30)).toBase64({ alphabet: "base64url" });
  return JSON.stringify(
    actions.map((id, ID) => ({ ID, Mode: "build", Package: "a/b", Deps: null, ActionID: short(id) })),
  );
}

function taken(text: string | undefined, path: string): (TraceEvent | undefined)[] {
  const namings = new Namings(() => text);
  namings.note({ kind: "request", at: 1, id: 1, command: "get", action: built });
  namings.note({ kind: "request", at: 1, id: 2, command: "put", action: index, output: built, size: 9 });
  namings.note({ kind: "request", at: 1, id: 3, command: "get", action: missed });
  namings.note({ kind: "response", at: 2, id: 1, path });
  namings.note({ kind: "response", at: 2, id: 2, path });
  namings.note({ kind: "response", at: 2, id: 3, miss: true });
  return [...namings.take(9)].filter((event) => event !== undefined);
}

test("the graph of this go, and the heads of what it doesn't name", () => {
  const folder = mkdtempSync(join(tmpdir(), "cacheprogw-"));
  try {
    const path = join(folder, "body");
    writeFileSync(path, "ok  \ta/b\t0.1s\n");
    const head = (action: string): TraceEvent => ({ kind: "head", at: 9, action, text: "ok  \ta/b\t0.1s\n" });
    const ours = graph(built);
    expect(taken(ours, path)).toEqual([{ kind: "graph", at: 9, text: ours }, head(index)]);
    // That of another go, which has written the same file; none; and one that isn't whole.
    for (const text of [graph("0".repeat(64)), undefined, "{"])
      expect(taken(text, path)).toEqual([head(built), head(index)]);
    expect(taken(ours, join(folder, "gone"))).toEqual([{ kind: "graph", at: 9, text: ours }]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
