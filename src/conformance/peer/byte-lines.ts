const newline = 0x0a;

/** Splits bytes into lines, each with all line breaks that follow it; the last may have none. */
export function lines(bytes: Uint8Array): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const next = bytes.indexOf(newline, at);
    let end = next < 0 ? bytes.length : next;
    while (bytes[end] === newline) end++;
    found.push(bytes.subarray(at, end));
    at = end;
  }
  return found;
}

/** Joins bytes that arrive in pieces into lines. */
export class LineJoiner {
  #rest: Uint8Array[] = [];

  /** Returns the lines that end in this piece, without line breaks. The caller may reuse `piece` afterwards. */
  push(piece: Uint8Array): Uint8Array[] {
    const found: Uint8Array[] = [];
    let at = 0;
    for (let next = piece.indexOf(newline); next >= 0; next = piece.indexOf(newline, at)) {
      found.push(Buffer.concat([...this.#rest, piece.subarray(at, next)]));
      this.#rest = [];
      at = next + 1;
    }
    if (at < piece.length) this.#rest.push(piece.slice(at));
    return found;
  }

  /** Returns the bytes after the last line break. */
  end(): Uint8Array {
    const rest = Buffer.concat(this.#rest);
    this.#rest = [];
    return rest;
  }
}
