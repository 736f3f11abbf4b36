import { afterAll, expect, test } from "bun:test";
import { GoSandbox } from "../../../fixtures/go-sandbox.ts";
import { FaultyBuilds } from "../../../fixtures/recorded-builds.ts";
import { faults } from "../../../src/conformance/faults.ts";

const patience = 6_000;
const sandbox = new GoSandbox(patience);
afterAll(() => sandbox[Symbol.asyncDispose]());
const builds = new FaultyBuilds(sandbox, patience, 2);
/** Its lock counts as held until init has reaped the process. The recorder reaps its program itself. */
const leftToInit = "locks-directory";

test.each(faults.map(({ name }) => name).filter((name) => name !== leftToInit))(
  "to go, the fault %s looks the same with the recorder and without it",
  async (fault) => {
    const { direct, recorded } = await builds.compare(fault);
    expect(recorded).toEqual(direct);
  },
);
