import { expect } from "bun:test";
import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseGoEntry } from "../../../src/server/gocache/go-entry.ts";
import { sha256 } from "../client-bytes.ts";

/** The files of entries and bodies in a cache of go, from its directory, sorted. */
export function cacheFiles(directory: string): string[] {
  const names = readdirSync(directory, { recursive: true, encoding: "utf8" });
  return names.filter((name) => /^..\/[0-9a-f]{64}-[ad]$/.test(name)).sort();
}

/** Checks that each entry in a cache of go has its body, and that each body is whole. @returns the number of entries */
export function expectSound(directory: string): number {
  let entries = 0;
  for (const name of cacheFiles(directory)) {
    const path = join(directory, name);
    const id = name.slice(3, -2);
    if (name.endsWith("-d")) {
      expect({ name, hash: sha256(readFileSync(path)).toHex() }).toEqual({ name, hash: id });
      continue;
    }
    const entry = parseGoEntry(readFileSync(path, "latin1"), id) ?? expect.unreachable(name);
    const body = join(directory, entry.outputID.slice(0, 2), `${entry.outputID}-d`);
    expect({ name, size: lstatSync(body, { throwIfNoEntry: false })?.size }).toEqual({
      name,
      size: entry.size,
    });
    entries++;
  }
  return entries;
}
