import { subkey } from "../../../hash.ts";

/*
 * Ids as go computes and shortens them.
 */

/** How many bytes of an id stand in build ids and in the action graph. Source: cmd/internal/buildid, HashToString */
const shortLength = 15;

/** How many hex digits these are. */
export const shortDigits = 2 * shortLength;

/** A short id, from an id in hex. */
export function shortID(hex: string): string {
  return Buffer.from(hex.slice(0, shortDigits), "hex").toString("base64url");
}

/** The bytes of a short id, in hex. @returns undefined if it isn't one */
export function shortHex(id: string): string | undefined {
  try {
    const bytes = Uint8Array.fromBase64(id, { alphabet: "base64url" });
    return bytes.length === shortLength ? bytes.toHex() : undefined;
  } catch {
    return undefined;
  }
}

/** The id of a by-product, all in hex: see {@link subkey}. */
export function subkeyOf(action: string, part: string): string {
  return subkey(Uint8Array.fromHex(action), part).toHex();
}
