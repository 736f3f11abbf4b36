import { bodyText } from "../../src/wire/body.ts";
import { requestText } from "../../src/wire/encode.ts";
import type { Int64 } from "../../src/wire/messages.ts";

/** What a client writes, as text that tests can split, join and damage. */

export function sha256(bytes: Uint8Array | string): Uint8Array {
  return new Uint8Array(new Bun.CryptoHasher("sha256").update(bytes).digest().buffer);
}

/** An action id derived from a name. */
export function action(name: string): Uint8Array {
  return sha256(`action ${name}`);
}

export function get(id: Int64, actionID: Uint8Array): string {
  return requestText({ id, command: "get", actionID });
}

/** A put. The fields of `lie` replace the true ones. */
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

/** A body derived from a seed. A long one contains every byte value. */
export function bodyOf(length: number, seed = 1): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => (at * seed + (at >> 8)) & 0xff);
}
