import { closeSync, openSync, readSync, writeSync } from "node:fs";
import { hasCode } from "../../../trouble.ts";
import { pollError, pollHangUp, pollIn, pollInvalid, pollOut } from "./libc.ts";

/** Gets what passes. */
export interface Observer {
  /** These bytes are passed on next. */
  bytes(chunk: Uint8Array): void;
  /** There are no more. It's passed on next. */
  end(): void;
}

/** A full pipe. */
const size = 64 * 1024;

/**
 * One direction: bytes from one descriptor to another, in the same pieces. It reads no more before the last piece is
 * written, so a reader that stops also stops the writer. When one side is closed, so is the other.
 */
export class Way {
  readonly #from: number;
  readonly #to: number;
  readonly #observer: Observer;
  readonly #buffer = new Uint8Array(size);
  /** The part of the buffer that isn't written. */
  #at = 0;
  #end = 0;
  isOpen = true;

  constructor(from: number, to: number, observer: Observer) {
    this.#from = from;
    this.#to = to;
    this.#observer = observer;
  }

  /** What to wait for: two entries of poll(2), from `index` on. A negative descriptor is left out. */
  waitFor(fds: Int32Array, events: Int16Array, index: number): void {
    const isFull = this.#at < this.#end;
    fds[2 * index] = this.isOpen && !isFull ? this.#from : -1;
    events[4 * index + 2] = pollIn;
    events[4 * index + 3] = 0;
    // Its reader may close it while there is nothing to write.
    fds[2 * index + 2] = this.isOpen ? this.#to : -1;
    events[4 * index + 6] = isFull ? pollOut : 0;
    events[4 * index + 7] = 0;
  }

  /** Does what can be done now. */
  proceed(events: Int16Array, index: number): void {
    if (!this.isOpen) return;
    const [source = 0, target = 0] = [events[4 * index + 3], events[4 * index + 7]];
    if (target & (pollError | pollHangUp | pollInvalid)) this.#close();
    else if (target & pollOut) this.#write();
    else if (source !== 0) this.#read();
  }

  #read(): void {
    let length = 0;
    try {
      length = readSync(this.#from, this.#buffer);
    } catch (error) {
      if (hasCode(error, "EAGAIN")) return; // somebody else has made it non-blocking
      // ECONNRESET, or EIO of a terminal that is gone: an end.
    }
    if (length === 0) {
      this.#observer.end();
      this.#close();
      return;
    }
    [this.#at, this.#end] = [0, length];
    this.#observer.bytes(this.#buffer.subarray(0, length));
    this.#write();
  }

  #write(): void {
    try {
      this.#at += writeSync(this.#to, this.#buffer, this.#at, this.#end - this.#at);
    } catch (error) {
      if (!hasCode(error, "EAGAIN")) this.#close(); // EPIPE: the reader is gone
    }
  }

  #close(): void {
    this.isOpen = false;
    for (const fd of [this.#from, this.#to]) {
      closeSync(fd);
      // The next file would get the number of stdin or stdout.
      if (fd < 2) openSync("/dev/null", "r+");
    }
  }
}
