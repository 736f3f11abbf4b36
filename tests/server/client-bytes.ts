import { bodyText } from "../../src/wire/body.ts";
import { requestText } from "../../src/wire/encode.ts";
import type { Int64 } from "../../src/wire/messages.ts";

/** What a client writes, as bytes that can be cut, joined and spoiled. */

export function sha256(bytes: Uint8Array | string): Uint8Array {
  return new Uint8Array(new Bun.CryptoHasher("sha256").update(bytes).digest().buffer);
}

/** An action id that belongs to a name. */
export function action(name: string): Uint8Array {
  return sha256(`action ${name}`);
}

export function get(id: Int64, actionID: Uint8Array): string {
  return requestText({ id, command: "get", actionID });
}

/** A put; what is given in `lie` stands in it instead of the truth. */
export function put(
  id: Int64,
  actionID: Uint8Array,
  body: Uint8Array,
  lie: { outputID?: Uint8Array; bodySize?: number } = {},
): string {
  const truth = { outputID: sha256(body), bodySize: body.length };
  const line = requestText({ id, command: "put", actionID, ...truth, ...lie });
  return body.length === 0 ? line : line + bodyText(body);
}

export function close(id: Int64): string {
  return requestText({ id, command: "close" });
}

/** A body that belongs to a seed, with all bytes in it. */
export function bodyOf(length: number, seed = 1): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => (at * seed + (at >> 8)) & 0xff);
}
