import { expect, test } from "bun:test";
import { bundleFaultyServer } from "../../fixtures/faulty-bundle.ts";
import { catalogue } from "../../src/conformance/catalogue.ts";
import { run } from "../../src/conformance/runner/run.ts";
import { temporaryDirectory } from "../client/guard.ts";

const program = [process.execPath, await bundleFaultyServer(temporaryDirectory()), "--dir", "{dir}"];
const ids = [
  "answers/values",
  "get/disk-path",
  "get/output-id",
  "get/size",
  "get/file",
  "get/content",
  "get/empty-body",
  "time/present",
  "time/of-put",
  "time/format",
  "put/replaces",
  "put/replaced-by-nothing",
  "put/shared-body",
  "file/until-close",
];

test("checks read an entry back from a new process if only that finds it", async () => {
  const checks = catalogue.filter(({ id }) => ids.includes(id));
  const { results } = await run([...program, "--fault", "finds-later"], { checks, smokeTest: false });
  expect(results.map(({ check, verdict, remark }) => [check.id, verdict, remark])).toEqual(
    results.map(({ check, remark }) => [check.id, "passed", remark]),
  );
  expect(results).toHaveLength(ids.length);
});

test("framing/object-id runs only with a dialect that sends ObjectID", async () => {
  const checks = catalogue.filter(({ id }) => id === "framing/object-id");
  const { results } = await run(program, { checks, smokeTest: false });
  expect(results[0]).toMatchObject({ verdict: "not applicable", remark: expect.stringContaining("go1.23") });
});
