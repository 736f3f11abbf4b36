/** The fields of a response. Source: cacheprog.Response. */
export const fieldNames = [
  "ID",
  "Err",
  "KnownCommands",
  "Miss",
  "OutputID",
  "Size",
  "Time",
  "DiskPath",
] as const;

export type Field = (typeof fieldNames)[number];

const [backslash, letterU, lowerS, lowerK] = [0x5c, 0x75, 0x73, 0x6b];

const longestName = 13;

/** The fields by the length of their names, with the name in lower case. */
const byLength = Array.from({ length: longestName + 1 }, (_, length) =>
  fieldNames
    .filter((name) => name.length === length)
    .map((name) => ({ name, letters: Buffer.from(name.toLowerCase()) })),
);

/** The folded key. All calls share it, because a response may have millions of keys. */
const folded = new Uint8Array(longestName);

/**
 * Returns the field a key names, if any. The key is the text from `from` to `to`, without quotes. Like Go, it ignores
 * case as Unicode does: apart from ASCII, U+017F folds to s and U+212A to k. Source: foldName in encoding/json/fold.go.
 */
export function fieldName(bytes: Uint8Array, from: number, to: number): Field | undefined {
  const length = fold(bytes, from, to);
  for (const { name, letters } of byLength[length] ?? []) {
    let same = 0;
    while (same < length && folded[same] === letters[same]) same++;
    if (same === length) return name;
  }
  return undefined;
}

/** Folds a key. Returns its number of letters, or -1 if it can't be a field's name. */
function fold(bytes: Uint8Array, from: number, to: number): number {
  let length = 0;
  for (let at = from; at < to; length++) {
    if (length === longestName) return -1;
    let code = bytes[at] ?? 0;
    let size = 1;
    if (code === backslash) {
      if (bytes[at + 1] !== letterU) return -1;
      [code, size] = [hex(bytes, at + 2), 6];
    } else if (code === 0xc5 && bytes[at + 1] === 0xbf) [code, size] = [0x17f, 2];
    else if (code === 0xe2 && bytes[at + 1] === 0x84 && bytes[at + 2] === 0xaa) [code, size] = [0x212a, 3];
    else if (code >= 0x80) return -1;
    if (code === 0x17f) code = lowerS;
    else if (code === 0x212a) code = lowerK;
    else if (code >= 0x80) return -1;
    // This turns no other character into a letter.
    folded[length] = code | 0x20;
    at += size;
  }
  return length;
}

/** Returns the value of four hexadecimal digits. */
function hex(bytes: Uint8Array, from: number): number {
  let value = 0;
  for (let at = from; at < from + 4; at++) {
    const digit = bytes[at] ?? 0;
    value = value * 16 + (digit & 0xf) + (digit > 0x39 ? 9 : 0);
  }
  return value;
}
