/** An entry of go's cache: the content of a `-a` file. */
export interface GoEntry {
  /** The OutputID in lower-case hex. */
  readonly outputID: string;
  /** The length of the body in bytes. */
  readonly size: number;
  /** The time of the put, in nanoseconds since 1970. */
  readonly time: bigint;
}

const digits = 20;
const idLength = 64;

/** The offsets of the fields. Source: cmd/go/internal/cache/cache.go, entrySize */
const version = "v1 ";
const actionAt = version.length;
const outputAt = actionAt + idLength + 1;
const sizeAt = outputAt + idLength + 1;
const timeAt = sizeAt + digits + 1;

/** The length of an entry in bytes. */
export const goEntryLength = timeAt + digits + 1;

/** The text of an entry. Source: DiskCache.putIndexEntry of cmd/go/internal/cache */
export function formatGoEntry(actionID: string, { outputID, size, time }: GoEntry): string {
  return `${version}${actionID} ${outputID} ${String(size).padStart(digits)} ${String(time).padStart(digits)}\n`;
}

/**
 * Parses the entry of an action as go does, which takes hex digits in upper case, and a plus sign. Undefined for what go
 * rejects, and for a size that no file has.
 *
 * @param actionID in lower-case hex
 * Source: DiskCache.get of cmd/go/internal/cache
 */
export function parseGoEntry(text: string, actionID: string): GoEntry | undefined {
  if (text.length !== goEntryLength || !text.startsWith(version) || text.at(-1) !== "\n") return undefined;
  if ([outputAt, sizeAt, timeAt].some((at) => text[at - 1] !== " ")) return undefined;
  // go writes lower case, and to change the case of each takes time.
  const action = text.slice(actionAt, outputAt - 1);
  if (action !== actionID && action.toLowerCase() !== actionID) return undefined;
  const outputID = text.slice(outputAt, sizeAt - 1).toLowerCase();
  const size = Number(int64(text.slice(sizeAt, timeAt - 1)));
  const time = int64(text.slice(timeAt, -1));
  if (!hexID.test(outputID) || !Number.isSafeInteger(size) || time === undefined) return undefined;
  return { outputID, size, time };
}

const hexID = /^[0-9a-f]{64}$/;
const maxInt64 = 2n ** 63n - 1n;

/** A number from 0 on, with spaces before it. Source: strconv.ParseInt, with base 10 and 64 bits */
function int64(field: string): bigint | undefined {
  const [, number] = /^ *([+-]?[0-9]+)$/.exec(field) ?? [];
  if (number === undefined) return undefined;
  // BigInt takes a sign only in front of a decimal number, as here.
  const value = BigInt(number);
  return value >= 0n && value <= maxInt64 ? value : undefined;
}
