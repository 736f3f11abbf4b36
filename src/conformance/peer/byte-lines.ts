const newline = 0x0a;

/** The lines of some bytes, each with all the line breaks that follow it; the last may have none. */
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

/** The lines of bytes that come in pieces. */
export class LineJoiner {
  #rest: Uint8Array[] = [];

  /** The lines that end in this piece, without their line breaks; what was given may be used again then. */
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

  /** What came after the last line break. */
  end(): Uint8Array {
    const rest = Buffer.concat(this.#rest);
    this.#rest = [];
    return rest;
  }
}
