import { readFile, stat } from "node:fs/promises";
import { reason } from "../../trouble.ts";
import { require } from "../finding.ts";

/**
 * Reads the file at a DiskPath: returns the content of a regular file, or a description of what else is there. It doesn't
 * open empty files, which have nothing to read, or FIFOs, which may block forever.
 */
export async function contentAt(path: string): Promise<Uint8Array | string> {
  try {
    const found = await stat(path);
    if (!found.isFile()) return `no regular file at ${path}`;
    return found.size === 0 ? new Uint8Array() : await readFile(path);
  } catch (error) {
    return reason(error);
  }
}

/** @param whose such as "the file from the put" @throws {Finding} if the file doesn't hold exactly that body */
export async function requireBody(path: string, body: Uint8Array, whose: string): Promise<void> {
  const content = await contentAt(path);
  const expected = `the ${body.length} bytes of the body in ${whose}`;
  const actual = () => (typeof content === "string" ? content : difference(content, body));
  require(typeof content !== "string" && Buffer.compare(content, body) === 0, expected, actual);
}

/** Describes how the content of a file differs from the body. */
export function difference(content: Uint8Array, body: Uint8Array): string {
  if (content.length !== body.length) return `it is ${content.length} bytes long`;
  return `byte ${content.findIndex((byte, at) => byte !== body[at])} differs`;
}
