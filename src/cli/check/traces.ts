import { mkdir, readdir, realpath, rmdir } from "node:fs/promises";
import type { TraceEntry } from "../../conformance/peer/trace.ts";
import type { Input } from "../command.ts";
import { Failure, systemReason, UsageError } from "../failure.ts";
import { checkTarget } from "../files/file-target.ts";
import { replaceFile } from "../files/replace-file.ts";

/** The --trace file, with every message of a run, and the --keep directory, with the sandboxes of failed checks. */
export class CheckTraces {
  /** The directory. */
  readonly keep: string | undefined;
  /** Writes one entry to the trace. */
  readonly trace: ((entry: TraceEntry) => void) | undefined;
  readonly #isNew: boolean;
  readonly #file: TraceFile | undefined;

  /**
   * Creates the directory of --keep, and starts the file of --trace.
   *
   * @throws (rejects) {UsageError} if the directory isn't empty, {Failure} for what can't be written
   */
  static async begin({ options }: Input): Promise<CheckTraces> {
    const [directory, file] = [options.get("keep"), options.get("trace")];
    if (file !== undefined) await checkTarget(file);
    const isNew = directory !== undefined && (await makeEmpty(directory));
    // The real path, in case the path leads elsewhere later.
    return new CheckTraces(directory === undefined ? undefined : await realpath(directory), isNew, file);
  }

  private constructor(directory: string | undefined, isNew: boolean, file: string | undefined) {
    this.keep = directory;
    this.#isNew = isNew;
    this.#file = file === undefined ? undefined : new TraceFile(file);
    this.trace = this.#file && ((entry) => this.#file?.write(entry));
  }

  /** Ends both. Removes the directory if it was created here and is empty. @throws (rejects) {Failure} */
  async end(): Promise<void> {
    if (this.#isNew && this.keep !== undefined) await rmdir(this.keep).catch(() => {}); // it has something in it
    await this.#file?.end();
  }
}

/** Creates a directory, or takes an empty one. @returns whether it was created */
async function makeEmpty(directory: string): Promise<boolean> {
  try {
    const first = await mkdir(directory, { recursive: true });
    const [entry] = await readdir(directory);
    if (entry === undefined) return first !== undefined;
    throw new UsageError(
      `option --keep is ${directory}, which contains ${entry}; expected an empty directory`,
    );
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    throw new Failure(`can't create the directory ${directory}: ${systemReason(cause)}`, { cause });
  }
}

/** A file of JSON lines, written while the run goes on. */
class TraceFile {
  #lines: string[] = [];
  #more = Promise.withResolvers<void>();
  #ended = false;
  readonly #written: Promise<void>;

  constructor(path: string) {
    this.#written = replaceFile(path, this.#chunks());
    this.#written.catch(() => {}); // end() reports it
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
