/** What a store knows of one action: the record at its place `-a`. */
export interface StoreEntry {
  /** The ids in lower-case hex. */
  readonly actionID: string;
  readonly outputID: string;
  /** The length of the body in bytes. */
  readonly size: number;
  /** When it was put, in milliseconds since 1970. */
  readonly time: number;
  /** The signature of the body's file when its content was last known to be right. */
  readonly signature: Signature;
}

/**
 * What changes when anyone writes to a file, replaces it, or brings it back from elsewhere. The times are in
 * microseconds since 1970, and all three as exact as a double can be: equal for the same file, which is what counts.
 */
export interface Signature {
  readonly ino: number;
  readonly mtime: number;
  readonly ctime: number;
}

/** What node:fs tells of a file. Its bigints would be exact, and take twice the time. */
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

/** How long a number is in the text of an entry, and an id and the checksum in hex. */
const digits = 20;
const idLength = 64;
const sumLength = 8;

/** Where the fields of an entry are. They are of one length in every entry, so that one can be written over another. */
const actionAt = "v1 ".length;
const outputAt = actionAt + idLength + 1;
const sizeAt = outputAt + idLength + 1;
const timeAt = sizeAt + digits + 1;
const inoAt = timeAt + digits + 1;
const mtimeAt = inoAt + digits + 1;
const ctimeAt = mtimeAt + digits + 1;
const sumAt = ctimeAt + digits + 1;

/** How long the text of an entry is, in bytes. */
export const entryLength = sumAt + sumLength + 1;

/** The text of an entry: one line of ASCII that opens with the version of the format and ends with a checksum. */
export function formatEntry({ actionID, outputID, size, time, signature }: StoreEntry): string {
  // The order of the fields is go's, whose own entries end after the time.
  const numbers = [size, time, signature.ino, signature.mtime, signature.ctime];
  const line = `v1 ${actionID} ${outputID} ${numbers.map((number) => String(number).padStart(digits)).join(" ")} `;
  return `${line}${Bun.hash.crc32(line).toString(16).padStart(sumLength, "0")}\n`;
}

/** The last millisecond whose time has the four digits of the year that RFC 3339 allows. */
const latest = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** The entry that a text is; undefined where it is anything but what {@link formatEntry} makes of a put. */
export function parseEntry(text: string): StoreEntry | undefined {
  if (text.length !== entryLength || !text.startsWith("v1 ")) return undefined;
  // Compared as numbers, which is less work than as texts.
  const sum = Number.parseInt(text.slice(sumAt, sumAt + sumLength), 16);
  if (Bun.hash.crc32(text.slice(0, sumAt)) !== sum || !text.endsWith("\n")) return undefined;
  const outputID = text.slice(outputAt, outputAt + idLength);
  const size = Number(text.slice(sizeAt, timeAt));
  const time = Number(text.slice(timeAt, inoAt));
  // A right checksum tells of no damage. That nobody else wrote it, it can't tell.
  if (!hexID.test(outputID) || !isUpTo(size, Number.MAX_SAFE_INTEGER) || !isUpTo(time, latest))
    return undefined;
  return {
    actionID: text.slice(actionAt, actionAt + idLength),
    outputID,
    size,
    time,
    signature: {
      ino: Number(text.slice(inoAt, mtimeAt)),
      mtime: Number(text.slice(mtimeAt, ctimeAt)),
      ctime: Number(text.slice(ctimeAt, sumAt)),
    },
  };
}

const hexID = /^[0-9a-f]{64}$/;

function isUpTo(value: number, most: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= most;
}
