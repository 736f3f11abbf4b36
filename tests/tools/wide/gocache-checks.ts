import { expect, test } from "bun:test";
import { catalogue } from "../../../src/conformance/catalogue.ts";
import { run } from "../../../src/conformance/runner/run.ts";
import { oursOnGoCache } from "../interop/peer.ts";

/** The checks of what a program stores. `bun run interop --only check` runs all of them. */
const groups = ["get", "put", "file", "damage", "persistence", "processes", "time"];

test("serve --gocache passes the checks of stores, but for the one that go's format can't", async () => {
  const checks = catalogue.filter(({ id }) => groups.includes(id.split("/")[0] ?? ""));
  expect(checks.length).toBeGreaterThan(30);
  const { results } = await run(oursOnGoCache.command, { checks, jobs: 4 });
  const failed = results.filter(({ verdict }) => !["passed", "info", "not applicable"].includes(verdict));
  expect(failed.map(({ check, verdict }) => [check.id, check.level, verdict])).toEqual([
    [oursOnGoCache.lacks, "should", "failed"],
  ]);
}, 60_000);
