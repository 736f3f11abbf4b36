import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { indexedDirectory, indexMagic } from "./index-body.ts";
import { nameByHead } from "./rules/content.ts";

/** How much of the beginning and of the end of a file is looked at, in bytes. */
const piece = 4096;

/** The largest index of a module that is read, in bytes. */
const largestIndex = 64 * 1024 * 1024;

/** The longest list of source files. */
const largestList = 1024 * 1024;

const beginsList = /^[\w.]/;
const sourceList = /^(?:(?:\.\/.+|[^\s/]+\.\w+)\n)+$/;

const test = /(?:^|\n)(ok {2}\t[^\t\n]+\t[^\n]*\n)$/;

/**
 * Reads what of a body names its action: a head event has it.
 *
 *   go index v2\n/path      of an index: then its directory; relative to its module if nothing more is known
 *   ok  \tpackage\t0.1s\n   of the output of a test: its last line
 *   x.cgo1.go\n              of a list of source files: those that go made
 *
 * and the first 4,096 bytes of what content.ts names otherwise: the list of what a test read, and so on.
 *
 * @param path the file of the body
 * @returns undefined if nothing names it, or if it can't be read
 */
export function readHead(path: string): string | undefined {
  try {
    const file = openSync(path, "r");
    try {
      return headOf(file, fstatSync(file).size);
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined; // a head is worth no more than the name of an id
  }
}

function headOf(file: number, size: number): string | undefined {
  const begin = read(file, 0, Math.min(size, piece));
  const beginText = begin.toString("latin1");
  if (beginText.startsWith(indexMagic))
    return size <= largestIndex ? `${indexMagic}${indexedDirectory(read(file, 0, size)) ?? ""}` : undefined;
  const end = size <= piece ? begin : read(file, size - piece, piece);
  const result = test.exec(end.toString("utf8"))?.[1];
  if (result !== undefined) return result;
  const list = beginsList.test(beginText) && size <= largestList ? read(file, 0, size).toString("utf8") : "";
  if (sourceList.test(list)) return list.replace(/^\.\/.*\n/gm, "") || undefined;
  const text = begin.toString("utf8");
  return nameByHead(text) && text;
}

/** A file that shrinks meanwhile gives less. */
function read(file: number, from: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  return bytes.subarray(0, readSync(file, bytes, 0, length, from));
}
