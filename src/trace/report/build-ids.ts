import { closeSync, openSync, readSync } from "node:fs";
import { isAbsolute } from "node:path";
import type { NamedTrace } from "./named.ts";

/** How much of an archive is read: the build id stands in its second line. */
const beginning = 4096;

/**
 * The action ids that stand in the compiled packages that were hits, by the action that was asked for: the first 15 bytes, in
 * hex. Both agree, unless the cache hands out the wrong file. Files that are gone are left out.
 * Source: cmd/internal/buildid, ReadFile
 */
export function readBuildIDs({ trace, names }: NamedTrace): ReadonlyMap<string, string> {
  const ids = new Map<string, string>();
  const buffer = Buffer.alloc(beginning);
  for (const { action, outcome, path } of trace.requests) {
    if (outcome !== "hit" || !isAbsolute(path) || names.of(action)?.kind !== "build") continue;
    const id = idOf(readBeginning(path, buffer));
    if (id !== undefined) ids.set(action, id);
  }
  return ids;
}

/** @returns "" for a file that can't be read */
function readBeginning(path: string, buffer: Buffer): string {
  try {
    const file = openSync(path, "r");
    try {
      return buffer.toString("latin1", 0, readSync(file, buffer, 0, buffer.length, 0));
    } finally {
      closeSync(file);
    }
  } catch {
    return "";
  }
}

/** In hex. @param text the beginning of an archive */
function idOf(text: string): string | undefined {
  if (!text.startsWith("!<arch>\n__.PKGDEF ")) return undefined;
  const [, action] = /\nbuild id "([\w-]{20})\//.exec(text) ?? [];
  return action === undefined ? undefined : Uint8Array.fromBase64(action, { alphabet: "base64url" }).toHex();
}
