import { afterAll, expect, test } from "bun:test";
import { GoSandbox } from "../../../fixtures/go-sandbox.ts";
import { hasGo } from "../../../fixtures/go-toolchains.ts";
import { FaultyBuilds } from "../../../fixtures/recorded-builds.ts";

const patience = 60_000;
const sandbox = hasGo ? new GoSandbox(patience) : undefined;
afterAll(() => sandbox?.[Symbol.asyncDispose]());

/** `bun run test:wide` has all faults. */
test.skipIf(sandbox === undefined).each(["log-first", "exits-at-close", "without-close"])(
  "to go, the fault %s looks the same with the recorder and without it (needs go)",
  async (fault) => {
    if (sandbox === undefined) return;
    const { direct, recorded } = await new FaultyBuilds(sandbox, patience, 1).compare(fault);
    expect(recorded).toEqual(direct);
  },
  patience,
);
