import { describe, expect, test } from "bun:test";
import { readingOf, vectors, vectorValues } from "../../fixtures/decode-vectors.ts";
import { GoDecoder } from "../../fixtures/go-decoder.ts";
import { goToolchains, hasGo } from "../../fixtures/go-toolchains.ts";
import { fuzz } from "../tools/fuzz-decode.ts";

// Needs go on the PATH. GO_VERSIONS lists the versions to test.
describe.skipIf(!hasGo).each(hasGo ? goToolchains() : [{ version: "go", go: "go" }])(
  "Go's decoder in $version",
  (toolchain) => {
    test("agrees with ours on 3,000 streams", () => {
      using go = new GoDecoder(toolchain);
      const { accepted, refused, difference } = fuzz(go, 20, 3_000);
      expect(difference).toBeUndefined();
      expect(accepted).toBeGreaterThan(900);
      expect(refused).toBeGreaterThan(900);
    }, 120_000);

    test("gives the recorded result for every vector", () => {
      using go = new GoDecoder(toolchain);
      const outcomes = go.decode(vectors.map(({ input }) => Buffer.from(input, "base64")));
      for (const [index, vector] of vectors.entries()) {
        const reading = readingOf(vector, go.version);
        const [outcome, refused] = [outcomes[index], reading.fatal !== undefined];
        expect({ index, values: outcome?.values, refused: outcome?.error !== "" }).toEqual({
          index,
          values: vectorValues(reading),
          refused,
        });
      }
    }, 120_000);
  },
);
