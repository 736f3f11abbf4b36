import { createHash } from "node:crypto";
import { lines } from "./byte-lines.ts";

/** How many messages are kept. */
const kept = 12;
/** How much of one is shown, in bytes: more than any that has the longest path that a system knows. */
const longest = 16 * 1024;
/** How much of a body is shown, in bytes. */
const longestBody = 40;
const quote = 0x22;

/** What a {@link Transcript} tells of, as it happens. */
export interface Observer {
  sent(bytes: Uint8Array): void;
  received(bytes: Uint8Array): void;
  body(size: number, sha256: string): void;
  stderr(line: string): void;
  event(text: string): void;
}

/** The last messages on the wire, as a person reads them; all of them for a observer. */
export class Transcript {
  readonly #lines: string[] = [];
  readonly #observer: Observer | undefined;

  constructor(observer?: Observer) {
    this.#observer = observer;
  }

  /** Bytes to the program. */
  sent(bytes: Uint8Array): void {
    this.#observer?.sent(bytes);
    this.#add("→", bytes);
  }

  /** A body to the program, before it is encoded. */
  sentBody(body: Uint8Array): void {
    this.#observer?.body(body.length, createHash("sha256").update(body).digest("hex"));
    this.#push(`→ a body of ${body.length} bytes`);
  }

  /** Bytes to the program that go out in pieces. */
  sentInPieces(bytes: Uint8Array, size: number): void {
    this.event(`in pieces of ${size}: ${bytes.length} bytes`);
    this.#observer?.sent(bytes);
  }

  /** Bytes from the program. */
  received(bytes: Uint8Array): void {
    this.#observer?.received(bytes);
    this.#add("←", bytes);
  }

  /** A line that the program wrote to stderr. */
  stderr(line: string): void {
    this.#observer?.stderr(line);
  }

  /** Something that happened beside the bytes: an exit, the end of a stream. */
  event(text: string): void {
    this.#observer?.event(text);
    this.#push(`· ${text}`);
  }

  get lines(): readonly string[] {
    return this.#lines;
  }

  #add(arrow: string, bytes: Uint8Array): void {
    for (const line of lines(bytes)) this.#push(`${arrow} ${shown(line)}`);
  }

  #push(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > kept) this.#lines.shift();
  }
}

/** A message with its line breaks, each character that is not to be seen as in JSON. Only what is in a body is cut. */
function shown(line: Uint8Array): string {
  const most = line[0] === quote ? longestBody : longest;
  const text = JSON.stringify(Buffer.from(line.subarray(0, most)).toString())
    .slice(1, -1)
    .replaceAll('\\"', '"')
    .replaceAll("\\\\", "\\");
  return line.length > most ? `${text}… (${line.length} bytes)` : text;
}
