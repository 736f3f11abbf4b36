/** How many messages are kept. */
const kept = 12;
/** How much of one is shown, in characters. */
const longest = 200;

/** The last messages on the wire, as a person reads them. */
export class Transcript {
  readonly #lines: string[] = [];

  /** Bytes to the program. */
  sent(bytes: Uint8Array): void {
    this.#add("→", bytes);
  }

  /** Bytes from the program. */
  received(bytes: Uint8Array): void {
    this.#add("←", bytes);
  }

  /** Something that happened beside the bytes: an exit, the end of a stream. */
  event(text: string): void {
    this.#push(`· ${text}`);
  }

  get lines(): readonly string[] {
    return this.#lines;
  }

  #add(arrow: string, bytes: Uint8Array): void {
    const head = Buffer.from(bytes.subarray(0, longest)).toString("latin1");
    const text = JSON.stringify(head).slice(1, -1).replaceAll('\\"', '"').replaceAll("\\\\", "\\");
    this.#push(`${arrow} ${text}${bytes.length > longest ? `… (${bytes.length} bytes)` : ""}`);
  }

  #push(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > kept) this.#lines.shift();
  }
}
