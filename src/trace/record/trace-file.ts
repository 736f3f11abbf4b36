import {
  closeSync,
  constants,
  lstatSync,
  mkdirSync,
  openSync,
  readSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { hasCode, reason } from "../../trouble.ts";
import type { TraceEvent, TraceStart } from "../events.ts";
import { TraceEncoder } from "../format/encode.ts";

/** What every trace begins with. */
const magic = '{"cacheprogw":';

/**
 * A trace file as it's written. Lines are collected until {@link flush}, which writes them all in one system call. So what
 * was flushed is in the file even if this process is killed.
 *
 * A file that can't be written costs the trace, never the build: `warn` gets one line, and everything else is dropped.
 */
export class TraceFile {
  #path: string;
  #isBroken = false;
  readonly #warn: (line: string) => void;
  readonly #encoder = new TraceEncoder();
  #fd: number | undefined;
  #lines = "";

  /**
   * Creates the file. A trace that is there is replaced: a process that still writes it keeps its own.
   *
   * @param path a file; or a folder, with "/" at its end if it needn't exist: then the trace is PID.jsonl in it. {pid} is
   *   replaced by `pid`
   * @param pid of go
   * @param warn gets a line without a newline
   */
  constructor(path: string, pid: number, warn: (line: string) => void) {
    this.#path = path.replaceAll("{pid}", String(pid));
    this.#warn = warn;
    try {
      const folder = folderOf(this.#path);
      if (folder === undefined) this.#fd = create(this.#path);
      else ({ fd: this.#fd, path: this.#path } = createIn(folder, pid));
    } catch (error) {
      this.fail(error);
    }
  }

  /** Where the trace is; undefined if it couldn't be written. */
  get path(): string | undefined {
    return this.#isBroken ? undefined : this.#path;
  }

  /** Adds an event. Nothing is written before {@link flush}. */
  add(event: TraceEvent | TraceStart): void {
    if (this.#fd !== undefined) this.#lines += this.#encoder.encode(event);
  }

  /** Writes what was added. */
  flush(): void {
    if (this.#fd === undefined || this.#lines === "") return;
    const lines = this.#lines;
    this.#lines = "";
    try {
      const written = writeSync(this.#fd, lines);
      if (written === Buffer.byteLength(lines)) return;
      const bytes = Buffer.from(lines);
      for (let at = written; at < bytes.length; ) at += writeSync(this.#fd, bytes, at);
    } catch (error) {
      this.fail(error);
    }
  }

  close(): void {
    this.flush();
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  /** Ends the trace. */
  fail(error: unknown): void {
    if (this.#isBroken) return;
    this.#isBroken = true;
    this.#warn(`the trace ${this.#path} can't be written: ${reason(error)}; the build goes on without it`);
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
    this.#lines = "";
  }
}

/** The folder for a path that names one, which is created if it has a "/" at its end. */
function folderOf(path: string): string | undefined {
  if (path.endsWith("/")) {
    mkdirSync(path, { recursive: true });
    return path.slice(0, -1);
  }
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() ? path : undefined;
}

const { O_WRONLY, O_CREAT, O_EXCL, O_APPEND, O_NONBLOCK } = constants;
const toCreate = O_WRONLY | O_CREAT | O_EXCL | O_APPEND;

/** One process of go may follow another with the same id. */
function createIn(folder: string, pid: number): { readonly fd: number; readonly path: string } {
  for (let number = 1; ; number++) {
    const path = `${folder}/${pid}${number === 1 ? "" : `-${number}`}.jsonl`;
    try {
      return { fd: openSync(path, toCreate, 0o666), path };
    } catch (error) {
      if (!hasCode(error, "EEXIST") || number === 1000) throw error;
    }
  }
}

/** @throws what the file system says, or that there is another file */
function create(path: string): number {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  // A terminal or a pipe. One without a reader must not block.
  if (stat !== undefined && !stat.isFile()) return openSync(path, O_WRONLY | O_APPEND | O_NONBLOCK);
  if (stat !== undefined) {
    if (stat.size > 0 && !isTrace(path))
      throw new Error("there is a file that isn't a trace, which is left as it is");
    unlinkSync(path);
  }
  return openSync(path, toCreate, 0o666);
}

function isTrace(path: string): boolean {
  const fd = openSync(path, "r");
  try {
    const begin = Buffer.alloc(magic.length);
    readSync(fd, begin, 0, begin.length, 0);
    return begin.toString() === magic;
  } finally {
    closeSync(fd);
  }
}
