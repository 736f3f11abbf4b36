import { accessSync, closeSync, constants, mkdirSync, openSync, readSync, writeSync } from "node:fs";
import { isAbsolute, join, resolve, sep } from "node:path";
import { ArgumentError, CacheProgError } from "../errors.ts";
import { writeStderr } from "../stderr.ts";
import { BodyFiles } from "./body-file.ts";
import {
  entryLength,
  formatEntry,
  parseEntry,
  type Signature,
  type StoreEntry,
  sameSignature,
} from "./entry.ts";
import type { GetRequest, Handlers, Hit, PutRequest, Stored } from "./handlers.ts";
import { IncomingBody } from "./incoming-body.ts";
import { removeStale, TempFile } from "./temp-file.ts";

/*
 * The layout of a store, which is go's own but for the content of an entry:
 *
 *   DIR/<2 hex>/<64 hex>-d   a body, by its OutputID, mode 0444
 *   DIR/<2 hex>/<64 hex>-a   an entry, by its ActionID: see entry.ts; mode 0644
 *   DIR/tmp/<pid>-<random>   a file that is being written
 *
 * The umask takes from the modes, as it does from those of go's cache: who keeps his files to himself keeps these too.
 *
 * What always holds, whoever is killed and whoever else uses the directory:
 *
 * 1. A file comes to its place complete, by a rename, and its body before its entry. An entry whose body is not
 *    there is a miss; a body without an entry, and a file in tmp, is waste and no more.
 * 2. A body at its place is never written to and never removed. A damaged one is replaced, by a rename, with the next
 *    put of it; who has the old one open or mapped keeps it. So there is no moment at which a path that was answered
 *    leads nowhere, and no process can remove the sound body that another has just put.
 * 3. A body is served if it has the size and the signature of the entry, or if its SHA-256 is right. So a flipped bit
 *    is a miss, and costs nothing to look for: the file is read only when its inode, mtime or ctime have changed.
 * 4. An entry is replaced by a rename, with one exception: a new signature for the same body is written over the old
 *    one, in the same file, in one write. Where another process has put the action anew meanwhile, that goes to a
 *    file that nobody sees any more, and does not undo the put. A reader that sees half of it finds the checksum
 *    wrong: a miss.
 * 5. A file in tmp is removed by the next start that finds it untouched for an hour.
 *
 * Nothing is synced to disk: what a power failure leaves is a file of the wrong size, and so a miss, on the file
 * systems that order data before sizes, as ext4 does by default.
 */

/** Where entries are read: one byte more than they have, so that a longer text is seen to be longer. */
const entryBytes = Buffer.allocUnsafe(entryLength + 1);

const bodyMode = 0o444;
const entryMode = 0o644;

/** How a {@link DiskStore} is opened. */
export interface DiskStoreOptions {
  /** Told why the store can not be written, once, in a line without a newline. Default: it goes to stderr. */
  readonly warn?: (line: string) => void;
}

/**
 * A store in a directory, for {@link serve}. Any number of processes may have one open on the same directory, and be
 * killed at any point. Nothing is ever evicted.
 */
export class DiskStore implements Handlers {
  /** The absolute path of the directory. */
  readonly directory: string;
  readonly #warn: (line: string) => void;
  readonly #bodies = new BodyFiles();
  #warned = false;

  private constructor(directory: string, warn: (line: string) => void) {
    this.directory = directory;
    this.#warn = warn;
  }

  /**
   * Opens the store in `directory`, which is made if it is not there. A directory that can not be written is opened
   * as well: what is in it is served.
   * @throws {ArgumentError} `directory` is empty, or an option is unknown or of the wrong type
   * @throws {CacheProgError} `STORE_FAILED`: it can not be made, or not read
   */
  static open(directory: string, options: DiskStoreOptions = {}): DiskStore {
    if (typeof directory !== "string" || directory === "") {
      throw new ArgumentError("the directory of a store has to be a path, and it is empty");
    }
    const { warn = (line) => writeStderr(`${line}\n`), ...unknown } = options;
    const [name] = Object.keys(unknown);
    if (name !== undefined) throw new ArgumentError(`a store has no option "${name}"; expected warn`);
    if (typeof warn !== "function") throw new ArgumentError("the option warn has to be a function");
    const path = isAbsolute(directory) ? resolve(directory) : fromHere(directory);
    try {
      mkdirSync(path, { recursive: true });
      accessSync(path, constants.R_OK | constants.X_OK);
    } catch (cause) {
      throw new CacheProgError("STORE_FAILED", `the store in ${path} can not be opened: ${reason(cause)}`, {
        cause,
      });
    }
    const store = new DiskStore(path, warn);
    removeStale(store.#temp);
    return store;
  }

  /**
   * Looks an action up. Whatever is wrong with what is stored, the damaged, the missing and the unreadable, is a miss.
   * Source for the times: Entry.Time of cmd/go/internal/cache is when the action was put, in milliseconds here.
   */
  get({ actionID }: GetRequest): Hit | null {
    const entry = this.#readEntry(actionID.toHex());
    if (entry === undefined) return null;
    const diskPath = this.#place(entry.outputID, "d");
    const signature = this.#bodies.signature(diskPath, entry.size);
    if (signature === undefined) return null;
    if (!sameSignature(signature, entry.signature)) {
      const sound = this.#bodies.sound(entry.outputID, diskPath, entry.size);
      if (sound === undefined) return null;
      this.#refresh(entry, sound);
    }
    return {
      outputID: Uint8Array.fromHex(entry.outputID),
      size: entry.size,
      time: Temporal.Instant.fromEpochMilliseconds(entry.time),
      diskPath,
    };
  }

  /**
   * Stores a body, unless it is there already, and then that the action has it.
   * @throws {Error} the body is not of that size, or its SHA-256 is not the OutputID: nothing is stored
   * @throws {CacheProgError} `STORE_FAILED`: the directory is full or can not be written. The first time, `warn` is
   *   told as well.
   */
  put(request: PutRequest): Stored | Promise<Stored> {
    const outputID = request.outputID.toHex();
    const isThere = this.#bodies.sound(outputID, this.#place(outputID, "d"), request.size) !== undefined;
    const body = new IncomingBody(
      isThere ? undefined : this.#writing(() => new TempFile(this.#temp, bodyMode)),
    );
    try {
      for (;;) {
        const chunk = request.body.read();
        if (chunk instanceof Promise) return this.#putRest(request, body, chunk);
        if (chunk === null) return this.#finish(request, body);
        this.#writing(() => body.take(chunk));
      }
    } catch (error) {
      body.discard();
      throw error;
    }
  }

  async #putRest(
    request: PutRequest,
    body: IncomingBody,
    pending: Promise<Uint8Array | null>,
  ): Promise<Stored> {
    try {
      for (let chunk = await pending; chunk !== null; ) {
        const taken = chunk;
        this.#writing(() => body.take(taken));
        const next = request.body.read();
        chunk = next instanceof Promise ? await next : next;
      }
      return this.#finish(request, body);
    } catch (error) {
      body.discard();
      throw error;
    }
  }

  #finish({ actionID, outputID, size }: PutRequest, body: IncomingBody): Stored {
    const output = outputID.toHex();
    body.verify(output, size);
    const diskPath = this.#place(output, "d");
    const signature = this.#writing(() => this.#keep(output, diskPath, size, body));
    // Where another put was faster, it is not needed any more.
    body.discard();
    this.#writing(() =>
      this.#writeEntry({ actionID: actionID.toHex(), outputID: output, size, time: Date.now(), signature }),
    );
    return { diskPath };
  }

  /** There is nothing left to do: what was answered is stored. */
  close(): void {}

  get #temp(): string {
    return join(this.directory, "tmp");
  }

  #place(hex: string, kind: "a" | "d"): string {
    return `${this.directory}${sep}${hex.slice(0, 2)}${sep}${hex}-${kind}`;
  }

  /** Puts the body into its place, where no sound one is, and returns the signature of what is there. */
  #keep(outputID: string, path: string, size: number, body: IncomingBody): Signature {
    // Asked again, for another put of the same body, here or in another process, may have been faster.
    const signature = this.#bodies.sound(outputID, path, size) ?? body.commit(path);
    if (signature === undefined) throw new Error(`${path} was there and is gone: someone else removed it`);
    this.#bodies.note(outputID, signature);
    return signature;
  }

  #writeEntry(entry: StoreEntry): void {
    const file = new TempFile(this.#temp, entryMode);
    try {
      file.write(Buffer.from(formatEntry(entry)));
      file.commit(this.#place(entry.actionID, "a"));
    } finally {
      file.discard();
    }
  }

  #readEntry(actionID: string): StoreEntry | undefined {
    let fd: number | undefined;
    try {
      fd = openSync(this.#place(actionID, "a"), constants.O_RDONLY);
      const entry = readEntry(fd);
      return entry?.actionID === actionID ? entry : undefined;
    } catch {
      return undefined;
    } finally {
      if (fd !== undefined) closeSync(fd);
    }
  }

  /** Notes the signature of a body that was found to be right, unless the action was put anew: invariant 4. */
  #refresh(entry: StoreEntry, signature: Signature): void {
    let fd: number | undefined;
    try {
      fd = openSync(this.#place(entry.actionID, "a"), "r+");
      const found = readEntry(fd);
      if (found === undefined || formatEntry(found) !== formatEntry(entry)) return;
      writeSync(fd, Buffer.from(formatEntry({ ...entry, signature })), 0, entryLength, 0);
    } catch {
      // The store can not be written; then the body is read again the next time.
    } finally {
      if (fd !== undefined) closeSync(fd);
    }
  }

  /** Does what may fail because the directory is full or can not be written. */
  #writing<T>(work: () => T): T {
    try {
      return work();
    } catch (cause) {
      const message = `the store in ${this.directory} can not be written: ${reason(cause)}`;
      if (!this.#warned) this.#warn(`cacheprogw: ${message}; puts fail, and gets are served`);
      this.#warned = true;
      throw new CacheProgError("STORE_FAILED", message, { cause });
    }
  }
}

function readEntry(fd: number): StoreEntry | undefined {
  const length = readSync(fd, entryBytes, 0, entryBytes.length, 0);
  return parseEntry(entryBytes.toString("latin1", 0, length));
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Where the working directory was deleted, `resolve` takes the directory of bun itself for it (Bun 1.4.5). */
function fromHere(directory: string): string {
  try {
    return resolve(process.cwd(), directory);
  } catch (cause) {
    throw new CacheProgError(
      "STORE_FAILED",
      `the store in ${directory} can not be opened: the working directory was deleted; expected an absolute path`,
      { cause },
    );
  }
}
