import { reason } from "../../trouble.ts";
import type { RawEvent, TraceEvent } from "../events.ts";

const newline = 0x0a;

/** How many bytes a raw event has, and how many all of one direction have. */
const [mostOfEvent, mostOfAll] = [4 * 1024, 64 * 1024];

/**
 * One direction of the bytes, cut into lines for its decoder. The line that the decoder refuses becomes raw events, and so
 * does all that comes after it. They have a limit for their bytes, but tell how many there were.
 */
export class MessageLines {
  readonly #from: RawEvent["from"];
  readonly #onEvent: (event: TraceEvent) => void;
  /** The beginning of the line that isn't complete, and its length. */
  readonly #begun = new Uint8Array(mostOfEvent);
  #length = 0;
  /** Why a line was refused. */
  #why: string | undefined;
  /** How many bytes the events may still have. */
  #left = mostOfAll;
  /** How many bytes were in no event. */
  #untold = 0;

  constructor(from: RawEvent["from"], onEvent: (event: TraceEvent) => void) {
    this.#from = from;
    this.#onEvent = onEvent;
  }

  /** Whether the next byte begins a line, and none was refused. */
  get isBetween(): boolean {
    return this.#length === 0 && this.#why === undefined;
  }

  /** @param decode gets lines, or pieces of them; what it throws is the reason why it refuses one */
  take(bytes: Uint8Array, at: number, decode: (piece: Uint8Array) => void): void {
    for (let from = 0; from < bytes.length; ) {
      const end = bytes.indexOf(newline, from);
      const to = end === -1 ? bytes.length : end + 1;
      if (this.#why === undefined) this.#decode(bytes.subarray(from, to), decode);
      if (this.#why !== undefined) {
        this.#refused(bytes.subarray(from), at, this.#why);
        return;
      }
      from = to;
    }
  }

  /** There are no more bytes. @param finish throws if the last line isn't complete */
  end(at: number, finish: () => void): void {
    try {
      if (this.#why === undefined) finish();
    } catch (error) {
      this.#refused(new Uint8Array(0), at, reason(error));
    }
    if (this.#untold > 0) this.#tell(new Uint8Array(0), this.#untold, at, this.#why ?? "");
  }

  #decode(piece: Uint8Array, decode: (piece: Uint8Array) => void): void {
    try {
      decode(piece);
    } catch (error) {
      this.#why = reason(error);
      return;
    }
    if (piece.at(-1) === newline) {
      this.#length = 0;
      return;
    }
    if (this.#length < mostOfEvent)
      this.#begun.set(piece.subarray(0, mostOfEvent - this.#length), this.#length);
    this.#length += piece.length;
  }

  /** Tells the line that was begun, if any, and the bytes after it. */
  #refused(bytes: Uint8Array, at: number, why: string): void {
    const begun = this.#length;
    this.#length = 0;
    if (begun > mostOfEvent) this.#tell(this.#begun, begun + bytes.length, at, why);
    else this.#tell(Buffer.concat([this.#begun.subarray(0, begun), bytes]), begun + bytes.length, at, why);
  }

  #tell(bytes: Uint8Array, length: number, at: number, why: string): void {
    if (this.#left === 0 && bytes.length > 0) {
      this.#untold += length;
      return;
    }
    const kept = bytes.subarray(0, Math.min(mostOfEvent, this.#left));
    this.#left -= kept.length;
    this.#onEvent({ kind: "raw", at, from: this.#from, bytes: kept.toBase64(), length, why });
  }
}
