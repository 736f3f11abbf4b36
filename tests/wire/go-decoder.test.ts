import { expect, test } from "bun:test";
import { fuzz } from "../../fixtures/fuzz-decode.ts";
import { GoDecoder } from "../../fixtures/go-decoder.ts";

test.skipIf(Bun.which("go") === null)(
  "Go's own decoder and ours agree on 3,000 streams (needs go on the PATH)",
  () => {
    using go = new GoDecoder();
    const { accepted, refused, difference } = fuzz(go, 20, 3_000);
    expect(difference).toBeUndefined();
    expect(accepted).toBeGreaterThan(900);
    expect(refused).toBeGreaterThan(900);
  },
  60_000,
);
