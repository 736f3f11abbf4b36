import { setTimeout } from "node:timers/promises";
import type { Program } from "../../client/process/spawn.ts";
import { BodyEncoder } from "../../wire/body.ts";

/** How much of a body is encoded and written at a time, in bytes. */
const step = 144 * 1024;
/** How long pieces are apart, in ms. */
const apart = 1;

/** The way to a program's stdin: writes go out in order, each when the one before was taken. */
export class RequestsOut {
  readonly #program: Program;
  readonly #onTaken: () => void;
  #writing: Promise<void> = Promise.resolve();
  #unwritten = 0;
  #closed = false;

  /** @param onTaken called when the program has taken a piece */
  constructor(program: Program, onTaken: () => void) {
    this.#program = program;
    this.#onTaken = onTaken;
  }

  /** How many bytes wait to be written. */
  get unwritten(): number {
    return this.#unwritten;
  }

  /** The program takes no more, and has perhaps not read all of what was written. */
  get isClosed(): boolean {
    return this.#closed;
  }

  /** Resolves when all that was given so far is written, or can not be. */
  get written(): Promise<void> {
    return this.#writing;
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#enqueue(bytes.length, () => this.#piece(bytes));
  }

  /** Writes bytes in pieces of a size, with a pause between them, so that most are read apart. */
  writePieces(bytes: Uint8Array, size: number): Promise<void> {
    return this.#enqueue(bytes.length, async () => {
      for (let at = 0; at < bytes.length; at += size) {
        await this.#piece(bytes.subarray(at, at + size));
        await setTimeout(apart);
      }
    });
  }

  /** Writes the line of a body. It is encoded as it is written: what waits is the body itself. */
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
        this.#closed = true; // no finding: a program that ends is seen by its exit and the end of its stdout
      }
      this.#unwritten -= length;
    });
    return this.#writing;
  }
}
