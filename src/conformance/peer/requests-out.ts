import { setTimeout } from "node:timers/promises";
import type { Program } from "../../client/process/spawn.ts";
import { BodyEncoder } from "../../wire/body.ts";

/** How many bytes of a body are encoded and written at a time. */
const step = 144 * 1024;
/** The pause between two pieces, in ms. */
const pause = 1;

/** Writes to a program's stdin in order: each write starts when the one before is done. */
export class RequestsOut {
  readonly #program: Program;
  readonly #onTaken: () => void;
  #writing: Promise<void> = Promise.resolve();
  #unwritten = 0;
  #closed = false;

  /** @param onTaken called when the pipe has accepted a piece */
  constructor(program: Program, onTaken: () => void) {
    this.#program = program;
    this.#onTaken = onTaken;
  }

  /** The number of bytes that are not yet written. */
  get unwritten(): number {
    return this.#unwritten;
  }

  /** The program has closed its stdin, perhaps before reading everything. */
  get isClosed(): boolean {
    return this.#closed;
  }

  /** Resolves when everything so far is written, or can't be. */
  get written(): Promise<void> {
    return this.#writing;
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#enqueue(bytes.length, () => this.#piece(bytes));
  }

  /** Writes bytes in pieces of `size` bytes, with pauses, so that the program reads most of them separately. */
  writePieces(bytes: Uint8Array, size: number): Promise<void> {
    return this.#enqueue(bytes.length, async () => {
      for (let at = 0; at < bytes.length; at += size) {
        await this.#piece(bytes.subarray(at, at + size));
        await setTimeout(pause);
      }
    });
  }

  /** Writes the line of a body, encoded step by step, so that no encoded copy of it waits in memory. */
  writeBody(body: Uint8Array): Promise<void> {
    return this.#enqueue(4 * Math.ceil(body.length / 3) + '""\n'.length, async () => {
      const encoder = new BodyEncoder();
      for (let at = 0; at < body.length; at += step)
        await this.#piece(encoder.push(body.subarray(at, at + step)));
      await this.#piece(encoder.end());
    });
  }

  async #piece(bytes: Uint8Array): Promise<void> {
    await this.#program.write(bytes);
    this.#onTaken();
  }

  #enqueue(length: number, write: () => unknown): Promise<void> {
    this.#unwritten += length;
    this.#writing = this.#writing.then(async () => {
      try {
        await write();
      } catch {
        this.#closed = true; // not a finding: the exit and the end of stdout show that a program has ended
      }
      this.#unwritten -= length;
    });
    return this.#writing;
  }
}
