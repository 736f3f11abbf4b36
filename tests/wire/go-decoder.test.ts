import { describe, expect, test } from "bun:test";
import { readingOf, vectors, vectorValues } from "../../fixtures/decode-vectors.ts";
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

    test("makes of every vector what stands there for this version", () => {
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
