import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Place } from "./data.ts";
import { type OutputFile, UnsoundResult } from "./manifest.ts";
import { type FileToWrite, type WriteJob, writeFiles } from "./write-files.ts";
import { type Share, type WriterThread, writerThread } from "./writer-thread.ts";

/** The name of the folder where files are made before they're moved into place. */
export const stagingPrefix = ".cacheprogw-";

/** From this much data on, in bytes, a second thread is worth its start. */
const large = 8 * 1024 * 1024;
/** The event loop gets a turn after this many milliseconds. A turn takes more than one. */
const turn = 25;

/** A regular file of a result. */
export type OutputData = Extract<OutputFile, { kind: "file" }>;

/** Finds the content of a file of a result. @param offset where it begins in the data */
export type FindContent = (file: OutputData, offset: number) => Promise<Place>;

/** A file of a result, and where its content begins in the data. */
export interface Placed {
  readonly file: OutputFile;
  readonly offset: number;
}

/** Starts what takes a moment to start, if these files need it. */
export function prepareToMake(files: readonly Placed[]): void {
  if (sizeOf(files) >= large) writerThread.start();
}

/** How much data files have, in bytes. */
function sizeOf(files: readonly Placed[]): number {
  return files.reduce((size, { file }) => size + (file.kind === "file" ? file.size : 0), 0);
}

/** A folder beside the outputs in which they're made, as a tree. Removed at the end of its scope. */
export class Staging implements Disposable {
  readonly path: string;
  readonly #folders = new Set<string>(["."]);

  constructor(directory: string) {
    this.path = mkdtempSync(join(directory, `${stagingPrefix}${process.pid}-`));
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }

  /**
   * Makes files, and verifies each.
   *
   * @param thread takes a share of the work, if there is much
   * @throws (rejects) {UnsoundResult}, and what the file system says
   */
  async make(
    files: readonly Placed[],
    find: FindContent,
    thread: Pick<WriterThread, "help"> = writerThread,
  ): Promise<void> {
    const sources = new Map<string, number>();
    const toWrite: FileToWrite[] = [];
    for (const { file, offset } of files) {
      this.#folder(file.kind === "directory" ? file.path : dirname(file.path));
      if (file.kind === "symlink") symlinkSync(file.target, join(this.path, file.path));
      if (file.kind !== "file") continue;
      toWrite.push(this.#toWrite(file, file.size === 0 ? [] : await find(file, offset), sources));
    }
    const state = new Int32Array(new SharedArrayBuffer(24));
    const job: WriteJob = { sources: [...sources.keys()], files: toWrite, state };
    await writeAll(job, sizeOf(files) < large ? undefined : thread.help(job));
  }

  #toWrite(file: OutputData, place: Place, sources: Map<string, number>): FileToWrite {
    const { path, mode, digest } = file;
    const known = { path: join(this.path, path), shown: JSON.stringify(path), mode, digest };
    if (place instanceof Uint8Array) return { ...known, bytes: place, pieces: [] };
    const pieces = place.map(({ path: from, offset, length }) => {
      const index = sources.get(from) ?? sources.size;
      sources.set(from, index);
      return [index, offset, length] as const;
    });
    return { ...known, pieces };
  }

  #folder(path: string): void {
    if (this.#folders.has(path)) return;
    this.#folder(dirname(path));
    mkdirSync(join(this.path, path));
    this.#folders.add(path);
  }
}

/**
 * Writes all files of a job. When it has settled, nobody writes any more.
 * @param help the share of another thread
 */
async function writeAll(job: WriteJob, help: Promise<Share> | undefined): Promise<void> {
  const [taken, done, busy, failed] = [0, 3, 4, 5] as const;
  const of = (index: number) => Atomics.load(job.state, index);
  let failure: Share = writeFiles(job, false, performance.now() + turn);
  while (of(taken) < job.files.length && of(failed) === 0) {
    await new Promise((resolve) => setTimeout(resolve, 0));
    failure = writeFiles(job, false, performance.now() + turn);
  }
  // What isn't done now, the thread has begun. It may have ended, too.
  if (of(done) < job.files.length && (failure === undefined || of(busy) > 0)) {
    const share = await help;
    failure ??= share;
  }
  if (of(done) < job.files.length) throw errorOf(failure);
}

function errorOf(failure: Share): Error {
  if (failure === undefined || failure === "lost")
    return new Error("the thread that writes outputs has ended");
  return failure.isUnsound ? new UnsoundResult(failure.message) : new Error(failure.message);
}
