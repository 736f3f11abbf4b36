import { expect, test } from "bun:test";
import { join } from "node:path";
import { catalogue } from "../../../src/conformance/catalogue.ts";
import { run } from "../../../src/conformance/runner/run.ts";
import { guardEachTest } from "../../client/guard.ts";

guardEachTest();

const fleeting = join(import.meta.dir, "../../../fixtures/fleeting-server.ts");

test("the damage checks work with a program whose files disappear when it exits", async () => {
  const checks = catalogue.filter(({ id }) => id.startsWith("damage/"));
  const { results } = await run([process.execPath, fleeting, "--dir", "{dir}"], { checks, jobs: 4 });
  const odd = results.filter(({ verdict }) => verdict !== "passed");
  expect(odd.map(({ check, verdict, remark, actual }) => [check.id, verdict, remark ?? actual])).toEqual([]);
});
