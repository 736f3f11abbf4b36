/** A line of a program's stdout, as far as the floor reads it. */
interface Answer {
  readonly ID: number;
  readonly Miss?: boolean;
  readonly OutputID: string;
  readonly Size: number;
  readonly Time: string;
  readonly DiskPath: string;
}

/**
 * The least client over Bun.spawn's streams that gives a caller what it needs: ids, base64, a promise for each call, and
 * one write for the calls of a turn. It trusts the program, and has no timeouts, signals, states or errors. So it shows
 * what Bun allows, and what everything else costs in the library.
 */
export class Floor {
  readonly #process: Bun.Subprocess<"pipe", "pipe", "inherit">;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  readonly #hello = Promise.withResolvers<void>();
  #lastID = 0;
  #text = "";
  #due = false;

  static async start(command: readonly string[]): Promise<Floor> {
    const floor = new Floor(command);
    await floor.#hello.promise;
    return floor;
  }

  private constructor(command: readonly string[]) {
    this.#process = Bun.spawn([...command], { stdin: "pipe", stdout: "pipe", stderr: "inherit" });
    void this.#read();
  }

  /** A hit or null. The time stays text. */
  get(action: Uint8Array): Promise<unknown> {
    return new Promise((resolve) => {
      const isIdle = this.#waiting.size === 0;
      const id = this.#expect((answer) =>
        resolve(
          answer.Miss
            ? null
            : {
                outputID: Uint8Array.fromBase64(answer.OutputID),
                size: answer.Size,
                time: answer.Time,
                diskPath: answer.DiskPath,
              },
        ),
      );
      this.#text += `{"ID":${id},"Command":"get","ActionID":"${action.toBase64()}"}\n\n`;
      // With others in flight, one write for all of this turn takes less than one write each.
      if (isIdle) this.#write();
      else if (!this.#due) {
        this.#due = true;
        process.nextTick(this.#write);
      }
    });
  }

  /** @param body bytes; it is sent in one piece */
  put(action: Uint8Array, body: unknown): Promise<unknown> {
    if (!(body instanceof Uint8Array)) throw new TypeError("the floor only puts bytes");
    return new Promise((resolve) => {
      const id = this.#expect(({ DiskPath }) => resolve(DiskPath));
      const output = Bun.CryptoHasher.hash("sha256", body, "base64");
      this.#text += `{"ID":${id},"Command":"put","ActionID":"${action.toBase64()}","OutputID":"${output}","BodySize":${body.length}}\n\n"${body.toBase64()}"\n`;
      this.#write();
    });
  }

  async close(): Promise<void> {
    await this.#process.stdin.end();
    await this.#process.exited;
  }

  #expect(settle: (answer: Answer) => void): number {
    const id = ++this.#lastID;
    this.#waiting.set(id, settle);
    return id;
  }

  readonly #write = (): void => {
    this.#due = false;
    const text = this.#text;
    this.#text = "";
    if (text === "") return;
    this.#process.stdin.write(text);
    this.#process.stdin.flush();
  };

  async #read(): Promise<void> {
    const reader = this.#process.stdout.getReader();
    let rest = "";
    for (let chunk = await reader.read(); chunk.value !== undefined; chunk = await reader.read()) {
      const text = rest + Buffer.prototype.latin1Slice.call(chunk.value, 0, chunk.value.length);
      let at = 0;
      for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", at)) {
        const answer: Answer = JSON.parse(text.slice(at, end));
        this.#waiting.get(answer.ID)?.(answer);
        this.#waiting.delete(answer.ID);
        this.#hello.resolve();
        at = end + 1;
      }
      rest = text.slice(at);
    }
  }
}
