import { isHit } from "../conversation.ts";
import type { Rule } from "../rule.ts";

/** The SHA-256 of nothing. */
const nothing = new Bun.CryptoHasher("sha256").digest("hex");

/** Responses to gets. */
export const getRules: readonly Rule[] = [
  {
    id: "get/miss-alone",
    of: "miss",
    get({ response }, judge) {
      if (isHit(response)) return;
      const { miss = false, error = "", path = "" } = response;
      judge.require(miss && error === "" && path === "", "Miss: true, and neither Err nor DiskPath", () =>
        JSON.stringify({ Miss: miss, Err: error, DiskPath: path }),
      );
    },
  },
  {
    id: "get/disk-path",
    of: "hit",
    hit: ({ response }, judge) =>
      judge.require(!!response.path, "a DiskPath, or Miss: true", () => "neither"),
  },
  {
    id: "get/output-id",
    of: "hit",
    hit({ response: { output = "" }, request: { entry } }, judge) {
      const { length } = output;
      judge.require(length === 64, "an OutputID of 32 bytes", () =>
        length === 0 ? "none" : `${length / 2} bytes`,
      );
      if (entry !== undefined && length === 64)
        judge.require(output === entry.output, `OutputID ${base64(entry.output)}, that of the put`, () =>
          base64(output),
        );
    },
  },
  {
    id: "get/size",
    of: "hit on a body that was put",
    hit({ response: { output = "", size = 0 }, request: { entry } }, judge, { sizes }) {
      const expected = entry?.size ?? sizes.get(output);
      if (expected !== undefined && output !== nothing)
        judge.require(Number(size) === expected, `Size ${expected}`, () => `Size ${size}`);
      else if (size < 0) judge.fail("the length of the body", `Size ${size}`);
    },
  },
  {
    id: "get/empty-body",
    of: "hit on an empty body",
    hit({ response: { output, size = 0 } }, judge) {
      if (output === nothing) judge.require(Number(size) === 0, "Size 0", () => `Size ${size}`);
    },
  },
];

function base64(hex: string): string {
  return Uint8Array.fromHex(hex).toBase64();
}
