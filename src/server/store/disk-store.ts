import { existsSync } from "node:fs";
import { join, sep } from "node:path";
import { checkAttached, isBytes } from "../../bytes.ts";
import { ArgumentError } from "../../errors.ts";
import { writeStderr } from "../../stderr.ts";
import { describe } from "../../text.ts";
import type { GetRequest, Handlers, Hit, PutRequest, Stored } from "../handlers.ts";
import { BodyFiles } from "./body-files.ts";
import { Directories } from "./directories.ts";
import { type Signature, type StoreEntry, sameSignature } from "./entry.ts";
import { EntryFiles } from "./entry-files.ts";
import { GivenFile } from "./given-file.ts";
import type { IncomingBody } from "./incoming-body.ts";
import { Intake } from "./intake.ts";
import { absolutePath, prepareDirectory } from "./store-directory.ts";
import { removeStale, TempFile } from "./temp-file.ts";
import { secondsNow, useInterval } from "./trim/limits.ts";
import { isClear, lockPath } from "./trim/trim-lock.ts";
import { noteGrowth } from "./trim/trim-schedule.ts";

/*
 * A store on disk: entries and bodies in a directory. DiskStore looks entries up through EntryFiles, checks bodies
 * through BodyFiles, and writes a put through an Intake, to the store or else to a SpareFolder.
 *
 * The layout is that of go's own cache, except for the content of an entry:
 *
 *   DIR/<2 hex>/<64 hex>-d         a body, by its OutputID, mode 0444
 *   DIR/<2 hex>/<64 hex>-a         an entry, by its ActionID: see entry.ts; mode 0644
 *   DIR/tmp/<pid>-<random>-<n>     a file that is being written
 *   DIR/CACHEDIR.TAG               says that the directory is a store
 *   DIR/trim.txt, DIR/trim.lock    when the store was trimmed, and who does it now: see trim/
 *   NAME.aside-<random>            a foreign file or directory that was at NAME: see directories.ts
 *
 * The umask applies to the modes, as in go's cache: private files stay private.
 *
 * Invariants, even if any process is killed and others use the directory:
 *
 * 1. A file is renamed into place only when complete, and a body before its entry. An entry without its body is a
 *    miss. A body without an entry, or a file in tmp, only wastes space.
 * 2. A body in place is never written to. The next put of a damaged body replaces it by a rename; a process that has the
 *    old one open or mapped keeps it. Only a trim removes bodies: those that no entry used in the last day needs, and
 *    that weren't put in the last day. So a path in a response exists for a day, and no process can remove an intact
 *    body that another has just put. What a trim needs from here:
 *    - A get records its use in the entry, unless one in the last hour is recorded. Only then it checks that the entry
 *      is still in place: see trim-lock.ts.
 *    - A put that finds its body there gives it a new mtime if it's older than an hour, then checks that it's in place.
 *    - A put that replaces an entry by one with another body gives the former body a new mtime first.
 *    A new mtime is a new signature, so the next get of another action with that body reads it once.
 * 3. A body is served if its size and signature match the entry, or if its SHA-256 matches. So a flipped bit is a
 *    miss, and the check is cheap: the file is read only if its inode, mtime or ctime has changed.
 * 4. An entry is replaced by a rename, with one exception: a new use, or a new signature for the same body, overwrites
 *    the old one in the same file, in one write. If another process has put the action again by then, the write goes to an
 *    unlinked file and doesn't undo the put. A reader that sees half of the write finds a wrong checksum: a miss.
 * 5. A file in tmp with a temporary name that is unchanged for an hour is removed at the next start. Nothing but that, and
 *    what a trim removes, is ever removed, and no write follows a link. A foreign file or directory in the way is renamed.
 * 6. A directory that has files but no sign of a store isn't opened: see store-directory.ts.
 * 7. If a body can't be written to the store, it's kept until close in a folder in TMPDIR: see spare-folder.ts.
 *
 * Nothing is synced to disk. After a power failure, a file may have the wrong size, which is a miss, on file systems
 * that write data before sizes, as ext4 does by default.
 */

const bodyMode = 0o444;

/** Options of {@link DiskStore.open}. */
export interface DiskStoreOptions {
  /**
   * Called with a line, without a newline: once with the reason if the store can't be written, and for each foreign
   * file or directory that was renamed because it was in the way. Default: writes to stderr.
   */
  readonly warn?: (line: string) => void;
}

/** How often a get or a put looks again at a file that another process replaces meanwhile. */
const tries = 10;
/** What a file takes beyond its length, in bytes, for the estimate of trim/trim-schedule.ts. */
const blockSize = 4096;

/**
 * A store in a directory, for {@link serve}. Any number of processes may use the same directory, and you can kill them
 * at any point. It doesn't limit its size: run `cacheprogw clean` from time to time, as `cacheprogw serve` does.
 */
export class DiskStore implements Handlers {
  /** The absolute path of the directory. */
  readonly directory: string;
  /**
   * Whether puts can succeed: the store or TMPDIR was writable when the store was opened. If false, pass no `put` to
   * {@link serve}, as {@link handlers} does: an error in response to a put can stop a go command that works without put.
   */
  readonly canPut: boolean;
  readonly #temp: string;
  readonly #bodies = new BodyFiles();
  readonly #entries: EntryFiles;
  readonly #intake: Intake;
  /** Creates a file for a body. */
  readonly #create: () => TempFile;
  readonly #lock: string;
  /** How much this process has put, in bytes. */
  #grown = 0;

  private constructor(directory: string, problem: unknown, warn: (line: string) => void) {
    this.directory = directory;
    this.#temp = join(directory, "tmp");
    this.#lock = lockPath(directory);
    const directories = new Directories((path, name) =>
      warn(`cacheprogw: ${path} was in the way of a file of the store; renamed to ${name}`),
    );
    this.#entries = new EntryFiles(directories, this.#temp, this.#lock);
    this.#create = () => new TempFile(directories, this.#temp, bodyMode);
    this.#intake = new Intake({ directory, name: "the store", problem, warn, directories });
    this.canPut = this.#intake.canPut;
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
    const spare = this.#intake.spare(action);
    if (spare !== undefined) return spare;
    for (let left = tries; left > 0; left--) {
      const hit = this.#find(action);
      if (hit !== "replaced") return hit;
    }
    return null;
  }

  #find(action: string): Hit | null | "replaced" {
    const path = this.#place(action, "a");
    const entry = this.#entries.read(path, action);
    if (entry === undefined) return null;
    const diskPath = this.#place(entry.outputID, "d");
    let signature = this.#bodies.signature(diskPath, entry.size);
    if (signature === undefined) return null;
    const isSame = sameSignature(signature, entry.signature);
    if (!isSame) {
      signature = this.#bodies.sound(entry.outputID, diskPath, entry.size);
      if (signature === undefined) return null;
    }
    if (!isSame || !isRecent(entry.used)) {
      const outcome = this.#entries.refresh(path, entry, signature);
      if (outcome === "replaced") return outcome;
      if (outcome === "lost") return null;
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
    const isThere = this.#claim(outputID, request.size) !== undefined;
    return this.#intake.receive(request, isThere ? undefined : this.#create, (body) =>
      this.#keep(newEntry(request.actionID.toHex(), outputID, request.size), body),
    );
  }

  /**
   * Stores bytes under an action, all or nothing: for a server that gets bodies from elsewhere than a client, such as a
   * remote cache. The next get of the action finds them. If the directory can't be written, see {@link put}.
   *
   * @param actionID 32 bytes
   * @returns what a get returns: the SHA-256 of the bytes as `outputID`, and the path of a file that holds them
   * @throws {ArgumentError} an argument is of the wrong kind or length
   * @throws {CacheProgError} `STORE_FAILED`: neither the directory nor TMPDIR has room
   */
  putBytes(actionID: Uint8Array, bytes: Uint8Array): Hit {
    checkAction(actionID);
    if (!isBytes(bytes)) throw new ArgumentError(`the body is ${describe(bytes)}; expected a Uint8Array`);
    checkAttached(bytes.buffer, "the body");
    const body = this.#intake.body(bytes.length, this.#create);
    try {
      this.#intake.take(body, bytes);
      return this.#keepMeasured(actionID, body);
    } finally {
      body.discard();
    }
  }

  /**
   * Stores a copy of a file under an action: see {@link putBytes}. It reads the file once, in small parts; what it has
   * read is what is stored, and what `outputID` and `size` say, even if the file changes meanwhile.
   *
   * @param actionID 32 bytes; don't change them before the promise settles
   * @param path the file; a link is followed
   * @throws (rejects) {ArgumentError} an argument is of the wrong kind or length
   * @throws (rejects) {CacheProgError} `BODY_UNREADABLE`: the file doesn't exist, isn't a regular file or can't be read;
   *   `STORE_FAILED`: neither the directory nor TMPDIR has room
   */
  async putFile(actionID: Uint8Array, path: string): Promise<Hit> {
    checkAction(actionID);
    using file = GivenFile.open(path);
    const body = this.#intake.body(file.size, this.#create);
    try {
      for (let chunk = file.read(); chunk !== null; chunk = file.read()) {
        this.#intake.take(body, chunk);
        if (file.isTimeToPause) await new Promise((resolve) => setImmediate(resolve));
      }
      return this.#keepMeasured(actionID, body);
    } finally {
      body.discard();
    }
  }

  #keepMeasured(actionID: Uint8Array, body: IncomingBody): Hit {
    const { outputID, size } = body.measure();
    const entry = newEntry(actionID.toHex(), outputID, size);
    return hitOf(entry, this.#keep(entry, body));
  }

  /** Removes the spare folder. Nothing else is pending: every answered put is stored. */
  close(): void {
    this.#intake.close();
    noteGrowth(this.directory, this.#grown);
    this.#grown = 0;
  }

  #place(hex: string, kind: "a" | "d"): string {
    return `${this.directory}${sep}${hex.slice(0, 2)}${sep}${hex}-${kind}`;
  }

  /** Stores a complete body and its entry. Returns the path of the body. */
  #keep(entry: Omit<StoreEntry, "signature">, body: IncomingBody): string {
    const { actionID, outputID } = entry;
    const diskPath = this.#place(outputID, "d");
    const place = {
      actionID,
      outputID,
      diskPath,
      storeBody: () => this.#keepBody(entry, diskPath, body),
      storeEntry: (signature: Signature) => this.#writeEntry({ ...entry, signature }),
      hitAt: (path: string) => hitOf(entry, path),
    };
    return this.#intake.keep(place, body);
  }

  /** Renames the body into place, unless an intact one is there. Returns the signature of the file in place. */
  #keepBody({ outputID, size }: Omit<StoreEntry, "signature">, path: string, body: IncomingBody): Signature {
    // Check again: another put of the same body, here or in another process, may have finished first.
    let signature = this.#claim(outputID, size);
    if (signature === undefined) {
      const own = body.commit(path);
      if (own !== undefined) {
        this.#bodies.note(outputID, own);
        this.#grown += size + blockSize;
        signature = this.#claim(outputID, size);
      }
      if (signature === undefined) throw new Error(`${path} existed and is gone: another process removed it`);
    }
    body.discard();
    return signature;
  }

  /**
   * The signature of an intact body that is there, and that a trim won't remove for a day: see trim-lock.ts. Undefined if
   * there is none. Other processes may put the same body meanwhile, as often as they like.
   */
  #claim(outputID: string, size: number): Signature | undefined {
    const path = this.#place(outputID, "d");
    const place = Number.parseInt(outputID.slice(0, 2), 16);
    for (let left = tries; left > 0; left--) {
      let signature = this.#bodies.sound(outputID, path, size);
      if (signature === undefined) return undefined;
      if (!isRecent(signature.mtime / 1e6)) {
        signature = this.#bodies.renew(path, signature);
        if (signature === undefined) continue;
        this.#bodies.note(outputID, signature);
      }
      if (!isClear(this.#lock, place)) return undefined;
      const found = this.#bodies.signature(path, size);
      if (found !== undefined && sameSignature(found, signature)) return signature;
    }
    return undefined;
  }

  #writeEntry(entry: StoreEntry): void {
    const path = this.#place(entry.actionID, "a");
    const former = existsSync(path) ? this.#entries.read(path, entry.actionID) : undefined;
    // A build may have been told of it a moment ago, and once it's replaced, no entry says so.
    if (former !== undefined && former.outputID !== entry.outputID)
      this.#bodies.renew(this.#place(former.outputID, "d"), former.signature);
    this.#entries.write(path, entry);
    this.#grown += blockSize;
  }
}

function checkAction(actionID: unknown): void {
  if (!isBytes(actionID) || actionID.length !== 32) {
    const what = isBytes(actionID) ? `${actionID.length} bytes` : describe(actionID);
    throw new ArgumentError(`the action id is ${what}; expected a Uint8Array of 32 bytes`);
  }
}

function newEntry(actionID: string, outputID: string, size: number): Omit<StoreEntry, "signature"> {
  return { actionID, outputID, size, time: Date.now(), used: secondsNow() };
}

/** Whether a use needn't be recorded. A time in the future is from a clock that was wrong. */
function isRecent(seconds: number): boolean {
  return Math.abs(secondsNow() - seconds) < useInterval;
}

function hitOf({ outputID, size, time }: Omit<StoreEntry, "signature">, diskPath: string): Hit {
  return {
    outputID: Uint8Array.fromHex(outputID),
    size,
    time: Temporal.Instant.fromEpochMilliseconds(time),
    diskPath,
  };
}
