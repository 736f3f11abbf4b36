import { describe, expect, test } from "bun:test";
import { GoDecoder } from "../../fixtures/go-decoder.ts";
import { goToolchains, hasGo } from "../../fixtures/go-toolchains.ts";
import { fuzz } from "../tools/fuzz-decode.ts";

// Needs go on the PATH. GO_VERSIONS says which versions of it.
describe.skipIf(!hasGo).each(hasGo ? goToolchains() : [{ version: "go", go: "go" }])(
  "the decoder of $version",
  (toolchain) => {
    test("and ours agree on 3,000 streams", () => {
      using go = new GoDecoder(toolchain);
      const { accepted, refused, difference } = fuzz(go, 20, 3_000);
      expect(difference).toBeUndefined();
      expect(accepted).toBeGreaterThan(900);
      expect(refused).toBeGreaterThan(900);
    }, 120_000);
  },
);
