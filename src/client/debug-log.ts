import { isBytes } from "../bytes.ts";
import { ArgumentError, CacheProgError } from "../errors.ts";
import { oneLine } from "../safe-text.ts";
import { writeStderr } from "../stderr.ts";
import { asError } from "../trouble.ts";
import { type ActionID, copyID, type Entry, type PutResult } from "./entry.ts";

/** How much of a text from elsewhere is shown, in characters. */
const longestText = 500;

/**
 * The lines on stderr that NODE_DEBUG=cacheprogw asks for: one for the start, the hello, close, and each get and put
 * once it settles. A line has the pid of this process, as node's have, and that of the program; then the command, the
 * first 16 digits of the action, how it went, the size of the body, and the time from the call until it settled.
 *
 *     CACHEPROGW 4711: program 4712: get 6b86b273ff34fce1 hit 1024 bytes 0.31 ms
 */
export class DebugLog {
  readonly #start: string;

  /** @param pid the program's; undefined if it couldn't be started */
  constructor(pid: number | undefined) {
    this.#start = `CACHEPROGW ${process.pid}:${pid === undefined ? "" : ` program ${pid}:`}`;
  }

  /** The program with this name runs. */
  started(name: string): void {
    this.#write("start", shown(name));
  }

  /** @param began when start() was called, by performance.now() */
  hello<T extends { readonly commands: Iterable<string> }>(
    work: () => Promise<T>,
    began: number,
  ): Promise<T> {
    return this.#settled("hello", work, ({ commands }) => shown([...commands].join(" ")), began);
  }

  get(action: ActionID, work: () => Promise<Entry | null>): Promise<Entry | null> {
    return this.#settled(`get ${digits(action)}`, work, (entry) => (entry ? `hit ${bytes(entry)}` : "miss"));
  }

  put(action: ActionID, work: () => Promise<PutResult>): Promise<PutResult> {
    return this.#settled(`put ${digits(action)}`, work, (result) => `ok ${bytes(result)}`);
  }

  close(work: () => Promise<void>): Promise<void> {
    return this.#settled("close", work, () => "ok");
  }

  /** @param began when the call was made, by performance.now() */
  failed(command: string, error: unknown, began: number): void {
    const isOurs = error instanceof CacheProgError || error instanceof ArgumentError;
    this.#write(command, isOurs ? error.code : "error", `${since(began)}: ${shown(asError(error).message)}`);
  }

  /** The returned promise settles as that of `work` does, after the line. If nobody handles its rejection, Bun says so. */
  async #settled<T>(
    command: string,
    work: () => Promise<T>,
    outcome: (result: T) => string,
    began = performance.now(),
  ): Promise<T> {
    try {
      const result = await work();
      this.#write(command, outcome(result), since(began));
      return result;
    } catch (error) {
      this.failed(command, error, began);
      throw error;
    }
  }

  #write(...words: readonly string[]): void {
    writeStderr(`${this.#start} ${words.join(" ")}\n`);
  }
}

/** The first 16 hexadecimal digits of an action; a wrong argument may have none. */
function digits(action: ActionID): string {
  return isBytes(action) && action.length > 0 ? copyID(action).subarray(0, 8).toHex() : "-";
}

function bytes({ size }: { readonly size: number }): string {
  return size === 1 ? "1 byte" : `${size} bytes`;
}

function since(began: number): string {
  return `${(performance.now() - began).toFixed(2)} ms`;
}

function shown(text: string): string {
  return oneLine(text.length <= longestText ? text : `${text.slice(0, longestText)}…`);
}
