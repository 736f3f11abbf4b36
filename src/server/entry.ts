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

/** What changes when anyone writes to a file, replaces it, or brings it back from elsewhere. */
export interface Signature {
  readonly ino: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
}

/** How long the text of an entry is, in bytes. All are of this length, so that one can be written over another. */
export const entryLength = 247;

/** The text of an entry: one line of ASCII that opens with the version of the format and ends with a checksum. */
export function formatEntry(entry: StoreEntry): string {
  const { ino, mtimeNs, ctimeNs } = entry.signature;
  const numbers = [entry.size, entry.time, ino, mtimeNs, ctimeNs].map((number) =>
    String(number).padStart(20),
  );
  // The order of the fields is go's, whose own entries end after the time.
  const line = `v1 ${entry.actionID} ${entry.outputID} ${numbers.join(" ")}`;
  return `${line} ${checksum(line)}\n`;
}

/** The entry that a text is; undefined where it is anything but what {@link formatEntry} makes. */
export function parseEntry(text: string): StoreEntry | undefined {
  const fields = pattern.exec(text)?.groups;
  if (fields === undefined || text.length !== entryLength) return undefined;
  const { actionID = "", outputID = "", size, time, ino = "", mtimeNs = "", ctimeNs = "" } = fields;
  const signature = { ino: BigInt(ino), mtimeNs: BigInt(mtimeNs), ctimeNs: BigInt(ctimeNs) };
  const entry = { actionID, outputID, size: Number(size), time: Number(time), signature };
  return formatEntry(entry) === text ? entry : undefined;
}

export function sameSignature(a: Signature, b: Signature): boolean {
  return a.ino === b.ino && a.mtimeNs === b.mtimeNs && a.ctimeNs === b.ctimeNs;
}

const pattern =
  /^v1 (?<actionID>[0-9a-f]{64}) (?<outputID>[0-9a-f]{64}) +(?<size>\d+) +(?<time>-?\d+) +(?<ino>\d+) +(?<mtimeNs>-?\d+) +(?<ctimeNs>-?\d+) /;

function checksum(line: string): string {
  return Bun.hash.crc32(line).toString(16).padStart(8, "0");
}
