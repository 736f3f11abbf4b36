/** The entry of one action: the content of its `-a` file. */
export interface StoreEntry {
  /** The ids in lower-case hex. */
  readonly actionID: string;
  readonly outputID: string;
  /** The length of the body in bytes. */
  readonly size: number;
  /** The time of the put, in milliseconds since 1970. */
  readonly time: number;
  /** The last use, at most an hour too early, in seconds since 1970: see trim/limits.ts. */
  readonly used: number;
  /** The signature of the body's file when its content was last verified. */
  readonly signature: Signature;
}

/**
 * Identifies a version of a file: it changes if the file is written to, replaced or restored. The times are in
 * microseconds since 1970. All three are rounded to a double, which is enough to compare the same file.
 */
export interface Signature {
  readonly ino: number;
  readonly mtime: number;
  readonly ctime: number;
}

/** A result of node:fs stat. With bigints it would be exact, but take twice as long. */
interface FileStat {
  readonly ino: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
}

export function signatureOf({ ino, mtimeMs, ctimeMs }: FileStat): Signature {
  return { ino, mtime: Math.round(mtimeMs * 1000), ctime: Math.round(ctimeMs * 1000) };
}

export function sameSignature(a: Signature, b: Signature): boolean {
  return a.ino === b.ino && a.mtime === b.mtime && a.ctime === b.ctime;
}

/** The lengths of a number, an id and the checksum in the text of an entry. */
const digits = 20;
const idLength = 64;
const sumLength = 8;

/** The offsets of the fields. All entries have the same length, so one can overwrite another. */
const version = "v2 ";
const actionAt = version.length;
export const outputAt = actionAt + idLength + 1;
const sizeAt = outputAt + idLength + 1;
const timeAt = sizeAt + digits + 1;
const usedAt = timeAt + digits + 1;
const inoAt = usedAt + digits + 1;
const mtimeAt = inoAt + digits + 1;
const ctimeAt = mtimeAt + digits + 1;
const sumAt = ctimeAt + digits + 1;

/** The length of an entry in bytes. */
export const entryLength = sumAt + sumLength + 1;

/** The text of an entry: one line of ASCII that starts with the version of the format and ends with a checksum. */
export function formatEntry({ actionID, outputID, size, time, used, signature }: StoreEntry): string {
  // The fields are in the order of go's own entries, which end after the time.
  const numbers = [size, time, used, signature.ino, signature.mtime, signature.ctime];
  const line = `${version}${actionID} ${outputID} ${numbers.map((number) => String(number).padStart(digits)).join(" ")} `;
  return `${line}${Bun.hash.crc32(line).toString(16).padStart(sumLength, "0")}\n`;
}

/** The last millisecond of the year 9999, the last year of RFC 3339. */
const latest = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** Parses an entry; undefined if the text isn't one that {@link formatEntry} writes. */
export function parseEntry(text: string): StoreEntry | undefined {
  if (text.length !== entryLength || !text.startsWith(version)) return undefined;
  // Comparing numbers is faster than comparing text.
  const sum = Number.parseInt(text.slice(sumAt, sumAt + sumLength), 16);
  if (Bun.hash.crc32(text.slice(0, sumAt)) !== sum || !text.endsWith("\n")) return undefined;
  const outputID = text.slice(outputAt, outputAt + idLength);
  const size = Number(text.slice(sizeAt, timeAt));
  const time = Number(text.slice(timeAt, usedAt));
  const used = Number(text.slice(usedAt, inoAt));
  // The checksum detects damage, not a file written by another program.
  if (!hexID.test(outputID) || !isUpTo(size, Number.MAX_SAFE_INTEGER) || !isUpTo(time, latest))
    return undefined;
  return {
    actionID: text.slice(actionAt, actionAt + idLength),
    outputID,
    size,
    time,
    used,
    signature: {
      ino: Number(text.slice(inoAt, mtimeAt)),
      mtime: Number(text.slice(mtimeAt, ctimeAt)),
      ctime: Number(text.slice(ctimeAt, sumAt)),
    },
  };
}

/** Whether bytes look like an entry. The checksum isn't compared: a scan of a large store would take twice as long. */
export function isEntry(bytes: Uint8Array): boolean {
  for (let at = 0; at < version.length; at++) if (bytes[at] !== version.charCodeAt(at)) return false;
  return bytes[entryLength - 1] === newline;
}

const newline = 0x0a;

/** The last use in the bytes of an entry, without the rest, which a scan doesn't need. */
export function usedOf(bytes: Uint8Array): number {
  let seconds = 0;
  for (let at = usedAt; at < inoAt; at++) {
    const code = bytes[at] ?? 0;
    if (code >= 0x30) seconds = seconds * 10 + code - 0x30;
  }
  return seconds;
}

const hexID = /^[0-9a-f]{64}$/;

function isUpTo(value: number, most: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= most;
}
