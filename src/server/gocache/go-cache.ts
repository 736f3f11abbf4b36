import { sep } from "node:path";
import { ArgumentError } from "../../errors.ts";
import { writeStderr } from "../../stderr.ts";
import { describe } from "../../text.ts";
import type { GetRequest, Handlers, Hit, PutRequest, Stored } from "../handlers.ts";
import { BodyFiles } from "../store/body-files.ts";
import { sameSignature } from "../store/entry.ts";
import type { IncomingBody } from "../store/incoming-body.ts";
import { Intake } from "../store/intake.ts";
import { absolutePath } from "../store/store-directory.ts";
import { GoDirectories, prepareGoCache } from "./cache-directory.ts";
import { goCacheDirectory } from "./default-directory.ts";
import type { GoEntry } from "./go-entry.ts";
import { createFile, isOld, markUsed, readEntry, writeEntry } from "./go-files.ts";

/*
 * go's own cache (GOCACHE), read and written in go's format, so that go without a cache program finds all of it.
 *
 *   DIR/<2 hex>/<64 hex>-a     an entry, by its ActionID: see go-entry.ts
 *   DIR/<2 hex>/<64 hex>-d     a body, by its OutputID; or a directory with an executable, which is left alone
 *   DIR/<2 hex>/<name>-d       a file that is being written: see go-files.ts
 *   DIR/README, trim.txt, testexpire.txt, fuzz/     go's; only the README is ever written here
 *
 * What differs from go: a file is written beside its place and renamed, so a process that is killed leaves the cache as
 * it was; no link is followed; a body in the way that isn't a file is a miss; and if nothing can be written, puts are kept
 * until close in a folder in TMPDIR: see store/intake.ts. What differs from DiskStore: an entry doesn't say which version
 * of a body's file was verified, so a get compares the size, as go does, and doesn't see a flipped bit.
 *
 * Nothing is ever removed, but for our own temporary files: go trims its cache, as often as it runs without a cache
 * program. So every hit and put marks what it names as used.
 */

/** Options of {@link GoCache.open}. */
export interface GoCacheOptions {
  /** Called with a line, without a newline, once: why the cache can't be written. Default: writes to stderr. */
  readonly warn?: (line: string) => void;
}

/** How often a put looks again at a body that another process replaces meanwhile. */
const tries = 10;

/**
 * go's own build cache, for {@link serve}. Any number of processes, with go among them, may use the same directory, and
 * you can kill them at any point.
 */
export class GoCache implements Handlers {
  /** The absolute path of the directory. */
  readonly directory: string;
  /** Whether puts can succeed: the cache or TMPDIR was writable when it was opened. See {@link handlers}. */
  readonly canPut: boolean;
  readonly #directories: GoDirectories;
  readonly #bodies = new BodyFiles();
  readonly #intake: Intake;

  private constructor(directory: string, problem: unknown, warn: (line: string) => void) {
    this.directory = directory;
    const directories = new GoDirectories(directory);
    this.#directories = directories;
    this.#intake = new Intake({ directory, name: "go's cache", problem, warn, directories });
    this.canPut = this.#intake.canPut;
  }

  /**
   * Opens go's cache, and creates it if it doesn't exist. If it can't be created or written now, it still serves hits and
   * keeps puts in TMPDIR until close.
   *
   * @param directory default: what `go env GOCACHE` prints
   * @throws {ArgumentError} `directory` isn't a path; there is no default, because GOCACHE is `off` or a relative path, or
   *   there is no home directory; or an option is unknown or has the wrong type
   * @throws {CacheProgError} `STORE_FAILED`: the path can't be a directory, or the directory has files and isn't a cache
   *   of go
   */
  static open(directory: string = goCacheDirectory(), options: GoCacheOptions = {}): GoCache {
    const path = absolutePath(directory);
    const { warn = (line) => writeStderr(`${line}\n`), ...unknown } = options;
    const [name] = Object.keys(unknown);
    if (name !== undefined) throw new ArgumentError(`a cache of go has no option "${name}"; expected warn`);
    if (typeof warn !== "function")
      throw new ArgumentError(`the option warn is ${describe(warn)}; expected a function`);
    return new GoCache(path, prepareGoCache(path), warn);
  }

  /** The handlers for {@link serve}: without put if {@link canPut} is false. */
  get handlers(): Handlers {
    return this.canPut ? this : { get: (request) => this.get(request), close: () => this.close() };
  }

  /**
   * Looks up an action. It's a hit if the entry is valid, and its body is a file of the right size. The content isn't
   * read. The time of a hit is that of the put. Source: GetFile of cmd/go/internal/cache
   */
  get({ actionID }: GetRequest): Hit | null {
    const action = actionID.toHex();
    const spare = this.#intake.spare(action);
    if (spare !== undefined) return spare;
    const entry = readEntry(this.#place(action, "a"), action);
    if (entry === undefined) return null;
    const diskPath = this.#place(entry.outputID, "d");
    const signature = this.#bodies.signature(diskPath, entry.size);
    if (signature === undefined) return null;
    const isThere = !isOld(signature.mtime / 1000) || markUsed(diskPath);
    return isThere ? hitOf(entry, diskPath) : null;
  }

  /**
   * Stores the body, unless it's there already with the right content, then the entry. If the directory is full or can't be
   * written, or an executable of go's is in the way, both are kept in TMPDIR until {@link close}; the first time, `warn`
   * gets the reason.
   * @throws {Error} the size or the SHA-256 of the body doesn't match the request; nothing is stored
   * @throws {CacheProgError} `STORE_FAILED`: neither the directory nor TMPDIR has room
   */
  put(request: PutRequest): Stored | Promise<Stored> {
    const { size } = request;
    const actionID = request.actionID.toHex();
    const outputID = request.outputID.toHex();
    const create = () => createFile(this.#directories, this.#folder(outputID));
    return this.#intake.receive(request, this.#claim(outputID, size) ? undefined : create, (body) => {
      const time = Temporal.Now.instant().epochNanoseconds;
      return this.#keep(actionID, { outputID, size, time }, body);
    });
  }

  /** Removes what was kept in TMPDIR. Nothing else is pending: every answered put is stored. */
  close(): void {
    this.#intake.close();
  }

  #folder(hex: string): string {
    return `${this.directory}${sep}${hex.slice(0, 2)}`;
  }

  #place(hex: string, kind: "a" | "d"): string {
    return `${this.#folder(hex)}${sep}${hex}-${kind}`;
  }

  #keep(actionID: string, entry: GoEntry, body: IncomingBody): string {
    const diskPath = this.#place(entry.outputID, "d");
    const place = {
      actionID,
      outputID: entry.outputID,
      diskPath,
      storeBody: () => this.#keepBody(entry, diskPath, body),
      storeEntry: () =>
        writeEntry(this.#directories, this.#folder(actionID), this.#place(actionID, "a"), actionID, entry),
      hitAt: (path: string) => hitOf(entry, path),
    };
    return this.#intake.keep(place, body);
  }

  /** Renames the body into place, unless an intact one is there. */
  #keepBody({ outputID, size }: GoEntry, path: string, body: IncomingBody): void {
    // Check again: another put of the same body, here or in another process, may have finished first.
    if (!this.#claim(outputID, size)) {
      const signature = body.commit(path);
      if (signature === undefined) throw new Error(`${path} existed and is gone: another process removed it`);
      this.#bodies.note(outputID, signature);
    }
    body.discard();
  }

  /** Whether an intact body is there, and marked as used. Other processes may put the same body meanwhile. */
  #claim(outputID: string, size: number): boolean {
    const path = this.#place(outputID, "d");
    for (let left = tries; left > 0; left--) {
      const signature = this.#bodies.sound(outputID, path, size);
      if (signature === undefined) return false;
      if (!isOld(signature.mtime / 1000)) return true;
      const renewed = this.#bodies.renew(path, signature);
      if (renewed === undefined) continue;
      this.#bodies.note(outputID, renewed);
      const found = this.#bodies.signature(path, size);
      if (found !== undefined && sameSignature(found, renewed)) return true;
    }
    return false; // it belongs to somebody else, and is replaced by one of ours
  }
}

function hitOf({ outputID, size, time }: GoEntry, diskPath: string): Hit {
  return {
    outputID: Uint8Array.fromHex(outputID),
    size,
    time: Temporal.Instant.fromEpochNanoseconds(time),
    diskPath,
  };
}
