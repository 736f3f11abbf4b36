import { mkdir, readdir, realpath, rmdir } from "node:fs/promises";
import type { TraceEntry } from "../../conformance/peer/trace.ts";
import type { Input } from "../command.ts";
import { Failure, systemReason, UsageError } from "../failure.ts";
import { checkTarget } from "../files/file-target.ts";
import { replaceFile } from "../files/replace-file.ts";

/** What a run leaves to look into, where that is asked for: a file of all that was said, a directory of what failed. */
export class CheckTraces {
  /** The directory. */
  readonly keep: string | undefined;
  /** Takes what is said. */
  readonly trace: ((entry: TraceEntry) => void) | undefined;
  readonly #isNew: boolean;
  readonly #file: TraceFile | undefined;

  /**
   * Makes the directory of --keep, and begins the file of --trace.
   *
   * @throws (rejects) {UsageError} for a directory that has something in it, {Failure} for what can not be written
   */
  static async begin({ options }: Input): Promise<CheckTraces> {
    const [directory, file] = [options.get("keep"), options.get("trace")];
    if (file !== undefined) await checkTarget(file);
    const isNew = directory !== undefined && (await makeEmpty(directory));
    // Where it is now, whatever its path leads to later.
    return new CheckTraces(directory === undefined ? undefined : await realpath(directory), isNew, file);
  }

  private constructor(directory: string | undefined, isNew: boolean, file: string | undefined) {
    this.keep = directory;
    this.#isNew = isNew;
    this.#file = file === undefined ? undefined : new TraceFile(file);
    this.trace = this.#file && ((entry) => this.#file?.write(entry));
  }

  /** Ends both. A directory that was made, and in which nothing is kept, goes. @throws (rejects) {Failure} */
  async end(): Promise<void> {
    if (this.#isNew && this.keep !== undefined) await rmdir(this.keep).catch(() => {}); // it is of use
    await this.#file?.end();
  }
}

/** Makes a directory. @returns whether it was not there */
async function makeEmpty(directory: string): Promise<boolean> {
  try {
    const first = await mkdir(directory, { recursive: true });
    const [entry] = await readdir(directory);
    if (entry === undefined) return first !== undefined;
    throw new UsageError(
      `option --keep is ${directory}, which has ${entry} in it; expected an empty directory`,
    );
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    throw new Failure(`can't create the directory ${directory}: ${systemReason(cause)}`, { cause });
  }
}

/** A file of JSON lines that is written as they come. */
class TraceFile {
  #lines: string[] = [];
  #more = Promise.withResolvers<void>();
  #ended = false;
  readonly #written: Promise<void>;

  constructor(path: string) {
    this.#written = replaceFile(path, this.#chunks());
    this.#written.catch(() => {}); // end() tells
  }

  write(entry: TraceEntry): void {
    this.#lines.push(`${JSON.stringify(entry)}\n`);
    this.#more.resolve();
  }

  async end(): Promise<void> {
    this.#ended = true;
    this.#more.resolve();
    await this.#written;
  }

  async *#chunks(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const lines = this.#lines;
      this.#lines = [];
      if (lines.length > 0) yield new TextEncoder().encode(lines.join(""));
      else if (this.#ended) return;
      else {
        await this.#more.promise;
        this.#more = Promise.withResolvers();
      }
    }
  }
}
