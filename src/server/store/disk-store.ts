import { join, sep } from "node:path";
import { ArgumentError, CacheProgError } from "../../errors.ts";
import { writeStderr } from "../../stderr.ts";
import { describe } from "../../text.ts";
import { reason } from "../../trouble.ts";
import type { GetRequest, Handlers, Hit, PutRequest, Stored } from "../handlers.ts";
import { BodyFiles } from "./body-files.ts";
import { Directories } from "./directories.ts";
import { type Signature, type StoreEntry, sameSignature } from "./entry.ts";
import { EntryFiles } from "./entry-files.ts";
import { IncomingBody } from "./incoming-body.ts";
import { SpareFolder } from "./spare-folder.ts";
import { absolutePath, prepareDirectory, whyUnwritable } from "./store-directory.ts";
import { removeStale, TempFile } from "./temp-file.ts";

/*
 * A store on disk: entries and bodies in a directory. DiskStore looks entries up through EntryFiles, checks bodies
 * through BodyFiles, and writes a put through IncomingBody and TempFile, to the store or else to a SpareFolder.
 *
 * The layout is that of go's own cache, except for the content of an entry:
 *
 *   DIR/<2 hex>/<64 hex>-d         a body, by its OutputID, mode 0444
 *   DIR/<2 hex>/<64 hex>-a         an entry, by its ActionID: see entry.ts; mode 0644
 *   DIR/tmp/<pid>-<random>-<n>     a file that is being written
 *   DIR/CACHEDIR.TAG               says that the directory is a store
 *   NAME.aside-<random>            a foreign file or directory that was at NAME: see directories.ts
 *
 * The umask applies to the modes, as in go's cache: private files stay private.
 *
 * Invariants, even if any process is killed and others use the directory:
 *
 * 1. A file is renamed into place only when complete, and a body before its entry. An entry without its body is a
 *    miss. A body without an entry, or a file in tmp, only wastes space.
 * 2. A body in place is never written to and never removed. The next put of a damaged body replaces it by a rename;
 *    a process that has the old one open or mapped keeps it. So a path in a response always exists, and no process
 *    can remove an intact body that another has just put.
 * 3. A body is served if its size and signature match the entry, or if its SHA-256 matches. So a flipped bit is a
 *    miss, and the check is cheap: the file is read only if its inode, mtime or ctime has changed.
 * 4. An entry is replaced by a rename, with one exception: a new signature for the same body overwrites the old one
 *    in the same file, in one write. If another process has put the action again by then, the write goes to an
 *    unlinked file and doesn't undo the put. A reader that sees half of the write finds a wrong checksum: a miss.
 * 5. A file in tmp with a temporary name that is unchanged for an hour is removed at the next start. Nothing else is
 *    ever removed, and no write follows a link. A foreign file or directory in the way is renamed.
 * 6. A directory that has files but no sign of a store isn't opened: see store-directory.ts.
 * 7. If a body can't be written to the store, it's kept until close in a folder in TMPDIR: see spare-folder.ts.
 *
 * Nothing is synced to disk. After a power failure, a file may have the wrong size, which is a miss, on file systems
 * that write data before sizes, as ext4 does by default.
 */

const bodyMode = 0o444;
const keptElsewhere = "hits are served, and puts are kept until close";

/** Options of {@link DiskStore.open}. */
export interface DiskStoreOptions {
  /**
   * Called with a line, without a newline: once with the reason if the store can't be written, and for each foreign
   * file or directory that was renamed because it was in the way. Default: writes to stderr.
   */
  readonly warn?: (line: string) => void;
}

/**
 * A store in a directory, for {@link serve}. Any number of processes may use the same directory, and you can kill them
 * at any point. Nothing is ever evicted.
 */
export class DiskStore implements Handlers {
  /** The absolute path of the directory. */
  readonly directory: string;
  /**
   * Whether puts can succeed: the store or TMPDIR was writable when the store was opened. If false, pass no `put` to
   * {@link serve}, as {@link handlers} does: an error in response to a put can stop a go command that works without put.
   */
  readonly canPut: boolean;
  readonly #warn: (line: string) => void;
  /** Why nothing may be written to the directory. */
  readonly #problem: unknown;
  readonly #temp: string;
  readonly #directories = new Directories((path, name) =>
    this.#warn(`cacheprogw: ${path} was in the way of a file of the store; renamed to ${name}`),
  );
  readonly #bodies = new BodyFiles();
  readonly #entries: EntryFiles;
  readonly #spare = new SpareFolder(this.#directories);
  #warned = false;

  private constructor(directory: string, problem: unknown, warn: (line: string) => void) {
    this.directory = directory;
    this.#problem = problem;
    this.#warn = warn;
    this.#temp = join(directory, "tmp");
    this.#entries = new EntryFiles(this.#directories, this.#temp);
    const why = problem === undefined ? whyUnwritable(directory) : reason(problem);
    const whyNoSpare = why && SpareFolder.whyImpossible();
    this.canPut = !whyNoSpare;
    if (whyNoSpare)
      this.#tell(why, `only hits are served, because TMPDIR can't be written either: ${whyNoSpare}`);
  }

  /**
   * Opens the store in `directory`, and creates the directory if it doesn't exist. If it can't be created or written
   * now, the store still serves hits and keeps puts in TMPDIR until close.
   * @throws {ArgumentError} `directory` isn't a path, or an option is unknown or has the wrong type
   * @throws {CacheProgError} `STORE_FAILED`: the path can't be a directory, or the directory is go's own cache or has
   *   other files and no sign of a store
   */
  static open(directory: string, options: DiskStoreOptions = {}): DiskStore {
    const path = absolutePath(directory);
    const { warn = (line) => writeStderr(`${line}\n`), ...unknown } = options;
    const [name] = Object.keys(unknown);
    if (name !== undefined) throw new ArgumentError(`a store has no option "${name}"; expected warn`);
    if (typeof warn !== "function")
      throw new ArgumentError(`the option warn is ${describe(warn)}; expected a function`);
    const store = new DiskStore(path, prepareDirectory(path), warn);
    removeStale(store.#temp);
    return store;
  }

  /** The handlers for {@link serve}: without put if {@link canPut} is false. */
  get handlers(): Handlers {
    return this.canPut ? this : { get: (request) => this.get(request), close: () => this.close() };
  }

  /**
   * Looks up an action. A damaged, missing or unreadable entry or body is a miss. The time of a hit is that of the put,
   * in whole milliseconds. Source: Entry.Time of cmd/go/internal/cache.
   */
  get({ actionID }: GetRequest): Hit | null {
    const action = actionID.toHex();
    const spare = this.#spare.get(action);
    if (spare !== undefined) return spare;
    const path = this.#place(action, "a");
    const entry = this.#entries.read(path, action);
    if (entry === undefined) return null;
    const diskPath = this.#place(entry.outputID, "d");
    const signature = this.#bodies.signature(diskPath, entry.size);
    if (signature === undefined) return null;
    if (!sameSignature(signature, entry.signature)) {
      const sound = this.#bodies.sound(entry.outputID, diskPath, entry.size);
      if (sound === undefined) return null;
      this.#entries.refresh(path, entry, sound);
    }
    return hitOf(entry, diskPath);
  }

  /**
   * Stores the body, unless the store has it already, then the entry. If the directory is full or can't be written,
   * both are kept in TMPDIR until {@link close}; the first time, `warn` gets the reason.
   * @throws {Error} the size or the SHA-256 of the body doesn't match the request; nothing is stored
   * @throws {CacheProgError} `STORE_FAILED`: neither the directory nor TMPDIR has room
   */
  put(request: PutRequest): Stored | Promise<Stored> {
    const outputID = request.outputID.toHex();
    const isThere = this.#bodies.sound(outputID, this.#place(outputID, "d"), request.size) !== undefined;
    const body = this.#writing(() => new IncomingBody(isThere ? undefined : this.#files(request.size)));
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
    const entry = { actionID: actionID.toHex(), outputID: output, size, time: Date.now() };
    return { diskPath: this.#writing(() => this.#keep(entry, body)) };
  }

  /** Removes the spare folder. Nothing else is pending: every answered put is stored. */
  close(): void {
    this.#spare.remove();
  }

  #place(hex: string, kind: "a" | "d"): string {
    return `${this.directory}${sep}${hex.slice(0, 2)}${sep}${hex}-${kind}`;
  }

  /** The files for a body of that size: one in the store or, if that fails, one in the spare folder. */
  #files(size: number): ConstructorParameters<typeof IncomingBody>[0] {
    return {
      first: () => {
        if (this.#problem !== undefined) throw this.#problem;
        return new TempFile(this.#directories, this.#temp, bodyMode);
      },
      other: (cause) => {
        try {
          const file = this.#spare.create(size);
          this.#tell(cause, keptElsewhere);
          return file;
        } catch (error) {
          throw new Error(`${reason(cause)}; and elsewhere: ${reason(error)}`, { cause });
        }
      },
    };
  }

  /** Stores a complete body and its entry. Returns the path of the body. */
  #keep(entry: Omit<StoreEntry, "signature">, body: IncomingBody): string {
    const { actionID, outputID } = entry;
    let diskPath = this.#place(outputID, "d");
    let signature: Signature | undefined;
    try {
      if (!body.isElsewhere) {
        signature = this.#keepBody(entry, diskPath, body);
        this.#entries.write(this.#place(actionID, "a"), { ...entry, signature });
        this.#spare.forget(actionID);
        return diskPath;
      }
    } catch (cause) {
      // With a signature, the body is in place and only the entry failed.
      if (signature === undefined) body.moveElsewhere(cause);
      else this.#tell(cause, keptElsewhere);
    }
    if (signature === undefined) {
      diskPath = this.#spare.place(outputID);
      body.commit(diskPath);
    }
    this.#spare.note(actionID, hitOf(entry, diskPath));
    return diskPath;
  }

  /** Renames the body into place, unless an intact one is there. Returns the signature of the file in place. */
  #keepBody({ outputID, size }: Omit<StoreEntry, "signature">, path: string, body: IncomingBody): Signature {
    // Check again: another put of the same body, here or in another process, may have finished first.
    const signature = this.#bodies.sound(outputID, path, size) ?? body.commit(path);
    if (signature === undefined) throw new Error(`${path} existed and is gone: another process removed it`);
    this.#bodies.note(outputID, signature);
    body.discard();
    return signature;
  }

  /** Runs `work`, and turns its failure into `STORE_FAILED`: nothing can be written, here or in TMPDIR. */
  #writing<T>(work: () => T): T {
    try {
      return work();
    } catch (cause) {
      this.#tell(cause, "puts fail, and hits are served");
      throw new CacheProgError("STORE_FAILED", this.#unwritable(cause), { cause });
    }
  }

  #unwritable(cause: unknown): string {
    return `the store in ${this.directory} can't be written: ${reason(cause)}`;
  }

  #tell(cause: unknown, consequence: string): void {
    if (!this.#warned) this.#warn(`cacheprogw: ${this.#unwritable(cause)}; ${consequence}`);
    this.#warned = true;
  }
}

function hitOf({ outputID, size, time }: Omit<StoreEntry, "signature">, diskPath: string): Hit {
  return {
    outputID: Uint8Array.fromHex(outputID),
    size,
    time: Temporal.Instant.fromEpochMilliseconds(time),
    diskPath,
  };
}
