/** Collects the lines of a program's stderr, so a test can wait for one. */
export class Lines {
  readonly all: string[] = [];
  readonly #waiting = new Set<() => void>();

  /** For StartOptions.stderr. */
  readonly add = (line: string): void => {
    this.all.push(line);
    for (const look of [...this.#waiting]) look();
  };

  /** Waits for the first line that starts with `start`, and returns the rest of it. */
  async after(start: string): Promise<string> {
    const { promise, resolve } = Promise.withResolvers<string>();
    const look = () => {
      const line = this.all.find((line) => line.startsWith(start));
      if (line !== undefined) resolve(line.slice(start.length));
    };
    this.#waiting.add(look);
    look();
    return promise.finally(() => this.#waiting.delete(look));
  }
}
