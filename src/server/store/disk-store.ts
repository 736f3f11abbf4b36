import { join, sep } from "node:path";
import { ArgumentError, CacheProgError } from "../../errors.ts";
import { writeStderr } from "../../stderr.ts";
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
 * The layout of a store, which is go's own but for the content of an entry:
 *
 *   DIR/<2 hex>/<64 hex>-d         a body, by its OutputID, mode 0444
 *   DIR/<2 hex>/<64 hex>-a         an entry, by its ActionID: see entry.ts; mode 0644
 *   DIR/tmp/<pid>-<random>-<n>     a file that is being written
 *   DIR/CACHEDIR.TAG               says that the directory is a store
 *   NAME.aside-<random>            what stood in the way of NAME: see directories.ts
 *
 * The umask takes from the modes, as it does from those of go's cache: a user whose files are private has these private too.
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
 * 5. A file in tmp is removed by the next start that finds it untouched for an hour, if its name is of that form.
 *    Nothing else is ever removed, and no link is followed to write. What stands in the way is renamed.
 * 6. A directory that isn't empty, and holds nothing of a store, isn't opened: see store-directory.ts.
 * 7. What the store can't keep is kept until close in a folder of TMPDIR: see spare-folder.ts.
 *
 * Nothing is synced to disk: what a power failure leaves is a file of the wrong size, and so a miss, on the file
 * systems that order data before sizes, as ext4 does by default.
 */

const bodyMode = 0o444;
const keptElsewhere = "hits are served, and what is put is kept until close";

/** How a {@link DiskStore} is opened. */
export interface DiskStoreOptions {
  /**
   * Told, in a line without a newline: once, why the store can't be written; and what was renamed because it stood in
   * the way of a file of the store. Default: it goes to stderr.
   */
  readonly warn?: (line: string) => void;
}

/**
 * A store in a directory, for {@link serve}. Any number of processes may have one open on the same directory, and be
 * killed at any point. Nothing is ever evicted.
 */
export class DiskStore implements Handlers {
  /** The absolute path of the directory. */
  readonly directory: string;
  /**
   * Whether a put has a chance: the store, or TMPDIR in its stead, could be written when it was opened. Where it's
   * false, {@link serve} needs no `put`: an error in the answer to one can end a go command that could go on without.
   */
  readonly canPut: boolean;
  readonly #warn: (line: string) => void;
  /** Why nothing is to be written into the directory. */
  readonly #problem: unknown;
  readonly #temp: string;
  readonly #directories = new Directories((path, name) =>
    this.#warn(`cacheprogw: ${path} stood in the way of the store; it's now ${name}`),
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
   * Opens the store in `directory`, which is made if it is not there. A directory that can't be written, or not be
   * made now, is opened as well: what is in it is served, and what is put is kept elsewhere until close.
   * @throws {ArgumentError} `directory` is no path, or an option is unknown or of the wrong type
   * @throws {CacheProgError} `STORE_FAILED`: no directory can be there, or the one that is there holds other things and
   *   nothing of a store, or is go's own cache
   */
  static open(directory: string, options: DiskStoreOptions = {}): DiskStore {
    const path = absolutePath(directory);
    const { warn = (line) => writeStderr(`${line}\n`), ...unknown } = options;
    const [name] = Object.keys(unknown);
    if (name !== undefined) throw new ArgumentError(`a store has no option "${name}"; expected warn`);
    if (typeof warn !== "function") throw new ArgumentError("the option warn has to be a function");
    const store = new DiskStore(path, prepareDirectory(path), warn);
    removeStale(store.#temp);
    return store;
  }

  /** What it can do, for {@link serve}: without put, where {@link canPut} is false. */
  get handlers(): Handlers {
    return this.canPut ? this : { get: (request) => this.get(request), close: () => this.close() };
  }

  /**
   * Looks an action up. Whatever is wrong with what is stored, the damaged, the missing and the unreadable, is a miss.
   * Source for the times: Entry.Time of cmd/go/internal/cache is when the action was put, in milliseconds here.
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
   * Stores a body, unless it is there already, and then that the action has it. What can't be stored, because the
   * directory is full or can't be written, is kept until {@link close}; the first time, `warn` is told why.
   * @throws {Error} the body is not of that size, or its SHA-256 is not the OutputID: nothing is stored
   * @throws {CacheProgError} `STORE_FAILED`: neither the directory nor TMPDIR has room for it
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

  /** Removes what the store couldn't keep. There's nothing else to do: what was answered is stored. */
  close(): void {
    this.#spare.remove();
  }

  #place(hex: string, kind: "a" | "d"): string {
    return `${this.directory}${sep}${hex.slice(0, 2)}${sep}${hex}-${kind}`;
  }

  /** Where a body of that size is written: to the store, or else to the spare folder. */
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

  /** Keeps a whole body, and that the action has it. Returns where the body is. */
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
      // With a signature, the body is in its place, and only the entry found none.
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

  /** Puts the body into its place, where no sound one is, and returns the signature of what is there. */
  #keepBody({ outputID, size }: Omit<StoreEntry, "signature">, path: string, body: IncomingBody): Signature {
    // Asked again, for another put of the same body, here or in another process, may have been faster.
    const signature = this.#bodies.sound(outputID, path, size) ?? body.commit(path);
    if (signature === undefined) throw new Error(`${path} was there and is gone: someone else removed it`);
    this.#bodies.note(outputID, signature);
    body.discard();
    return signature;
  }

  /** Does what may fail because nothing can be written, neither here nor elsewhere. */
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
