import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hasCode } from "../../../trouble.ts";
import { Directories } from "../directories.ts";
import { TempFile } from "../temp-file.ts";
import { type Limits, secondsNow } from "./limits.ts";

/*
 * DIR/trim.txt says when the store was last trimmed and how large it was then, in a line `v1 SECONDS BYTES`. Every process
 * that puts adds a line `+BYTES` at its end. So one read of a small file tells whether a trim is due. It's an estimate:
 * a process that is killed adds nothing, and a line may be lost to a trim.
 */

const fileName = "trim.txt";
/** A trim is due this long after the last one, in seconds. Source: trimInterval of cmd/go/internal/cache. */
const interval = 24 * 3600;
/** And this long if the store seems to be above its limit: what it can't remove now, it may be able to later. */
const shortInterval = 3600;

/** Adds to the estimated size of a store. What can't be written isn't. */
export function noteGrowth(directory: string, bytes: number): void {
  if (bytes === 0) return;
  try {
    const path = join(directory, fileName);
    beginFile(path);
    appendFileSync(path, `+${Math.ceil(bytes)}\n`);
  } catch {
    // The store can't be written. The next trim counts it.
  }
}

/** A new store has nothing to trim, so its first day begins now. */
function beginFile(path: string): void {
  try {
    writeFileSync(path, `v1 ${secondsNow()} 0\n`, { flag: "wx" });
  } catch (error) {
    if (!hasCode(error, "EEXIST")) throw error;
  }
}

/**
 * Whether a trim is due. If so, it's noted at once that one was, so only one process gets true. As in
 * cmd/go/internal/cache, since go1.26.
 */
export function takeTurn(directory: string, { maxSize }: Limits): boolean {
  try {
    const path = join(directory, fileName);
    const { time, bytes } = parse(readFileSync(path, "latin1"));
    const age = secondsNow() - time;
    const isDue = age >= (bytes > maxSize ? shortInterval : interval) || age < -shortInterval;
    if (isDue) noteTrim(directory, bytes);
    return isDue;
  } catch {
    return false; // nothing was put yet, or the store can't be written, so not trimmed either
  }
}

/** Notes that a store was trimmed now, and its size. @throws what the file system says */
export function noteTrim(directory: string, bytes: number): void {
  const file = new TempFile(new Directories(() => {}), join(directory, "tmp"), 0o644);
  try {
    file.write(Buffer.from(`v1 ${secondsNow()} ${bytes}\n`));
    file.commit(join(directory, fileName));
  } finally {
    file.discard();
  }
}

/** A file that isn't one counts as very old. */
function parse(text: string): { readonly time: number; readonly bytes: number } {
  const [, time = "0", first = "0"] = /^v1 (\d{1,15}) (\d{1,15})\n/.exec(text) ?? [];
  let bytes = Number(first);
  for (const [, grown] of text.matchAll(/^\+(\d{1,15})$/gm)) bytes += Number(grown);
  return { time: Number(time), bytes };
}
