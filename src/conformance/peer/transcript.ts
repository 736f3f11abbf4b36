import { createHash } from "node:crypto";
import { lines } from "./byte-lines.ts";

/** How many messages are kept. */
const kept = 12;
/** How many bytes of a message are shown: more than a response with the longest possible path has. */
const longest = 16 * 1024;
/** How many bytes of a body are shown. */
const longestBody = 40;
const quote = 0x22;

/** Receives everything that a {@link Transcript} records, as it happens. */
export interface Observer {
  sent(bytes: Uint8Array): void;
  received(bytes: Uint8Array): void;
  body(size: number, sha256: string): void;
  stderr(line: string): void;
  event(text: string): void;
}

/** Keeps the last messages on the wire, in readable form, and passes every message to an observer. */
export class Transcript {
  readonly #lines: string[] = [];
  readonly #observer: Observer | undefined;

  constructor(observer?: Observer) {
    this.#observer = observer;
  }

  /** Records bytes to the program. */
  sent(bytes: Uint8Array): void {
    this.#observer?.sent(bytes);
    this.#add("→", bytes);
  }

  /** Records a body to the program, before it is encoded. */
  sentBody(body: Uint8Array): void {
    this.#observer?.body(body.length, createHash("sha256").update(body).digest("hex"));
    this.#push(`→ a body of ${body.length} bytes`);
  }

  /** Records bytes to the program that are sent in pieces. */
  sentInPieces(bytes: Uint8Array, size: number): void {
    this.event(`in pieces of ${size}: ${bytes.length} bytes`);
    this.#observer?.sent(bytes);
  }

  /** Records bytes from the program. */
  received(bytes: Uint8Array): void {
    this.#observer?.received(bytes);
    this.#add("←", bytes);
  }

  /** Passes on a line that the program wrote to stderr. */
  stderr(line: string): void {
    this.#observer?.stderr(line);
  }

  /** Records an event that is not a message, such as an exit or the end of a stream. */
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

/** A message with its line breaks; invisible characters are escaped as in JSON. A body is cut early. */
function shown(line: Uint8Array): string {
  const most = line[0] === quote ? longestBody : longest;
  const text = JSON.stringify(Buffer.from(line.subarray(0, most)).toString())
    .slice(1, -1)
    .replaceAll('\\"', '"')
    .replaceAll("\\\\", "\\");
  return line.length > most ? `${text}… (${line.length} bytes)` : text;
}
