import { expect } from "bun:test";
import { readdirSync } from "node:fs";

export interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** A running cacheprogw. It is killed at the end of its scope. */
export class Running implements AsyncDisposable {
  readonly child: Bun.Subprocess<"pipe", "pipe" | number, "pipe">;
  readonly #tmp: string;
  readonly #stdout: Promise<Buffer>;
  readonly #stderr: Promise<void>;
  #said = "";
  #onSaid: (() => void) | undefined;

  /** @param tmp its TMPDIR */
  constructor(child: Bun.Subprocess<"pipe", "pipe" | number, "pipe">, tmp: string) {
    this.child = child;
    this.#tmp = tmp;
    this.#stdout =
      child.stdout instanceof ReadableStream
        ? new Response(child.stdout).arrayBuffer().then((bytes) => Buffer.from(bytes))
        : Promise.resolve(Buffer.alloc(0));
    this.#stderr = this.#listen(child.stderr);
  }

  write(data: string | Uint8Array): void {
    // Don't wait: a command may exit without reading it.
    Promise.resolve(this.child.stdin.write(data)).catch(() => {});
    Promise.resolve(this.child.stdin.flush()).catch(() => {});
  }

  endStdin(): void {
    Promise.resolve(this.child.stdin.end()).catch(() => {});
  }

  /** Resolves once stderr has the text; rejects if stderr ends without it. */
  async said(text: string): Promise<void> {
    let ended = false;
    const end = this.#stderr.then(() => {
      ended = true;
    });
    while (!this.#said.includes(text)) {
      if (ended) throw new Error(`stderr ended without ${JSON.stringify(text)}: ${this.#said}`);
      await Promise.race([end, new Promise<void>((resolve) => (this.#onSaid = resolve))]);
    }
  }

  /**
   * Waits for its exit, and checks that it leaves nothing in TMPDIR and no process. A program that it started shares its
   * stderr, which stays open as long as that program runs.
   */
  async ended(): Promise<Outcome> {
    const [stdout] = await Promise.all([this.#stdout, this.#stderr, this.child.exited]);
    expect(readdirSync(this.#tmp)).toEqual([]);
    expect(this.#said).not.toMatch(/^ +at /m);
    return { code: this.child.exitCode, signal: this.child.signalCode, stdout, stderr: this.#said };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill("SIGKILL");
    await this.child.exited;
  }

  async #listen(stream: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of stream) {
      this.#said += decoder.decode(chunk, { stream: true });
      this.#onSaid?.();
    }
  }
}
