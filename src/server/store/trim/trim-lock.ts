import {
  closeSync,
  existsSync,
  fstatSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readlinkSync,
  renameSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { isAlive } from "../../../process-alive.ts";
import { hasCode } from "../../../trouble.ts";
import { beginningOf } from "../open-file.ts";
import { temporaryName } from "../store-names.ts";

/*
 * DIR/trim.lock exists while a process trims the store. Its content is a line with the pid and the machine, and then,
 * from the first removal on, one byte: the place (the first byte of the ids) where files are removed now.
 *
 * A trimmer removes a file only if it wasn't used lately, and must not remove it if a put or a get comes to rely on it
 * at that moment. There's no call to remove a file on a condition. So the trimmer first says where it is, and then
 * looks at each file again right before it removes it. A put or a get first refreshes the file, and then looks where the
 * trimmer is. If it isn't in that place, then either it comes later and sees the fresh file, or it is done with the
 * place; so the put or get looks last whether its file is still there. If it is in that place, they wait for it to go on.
 */

const lockName = "trim.lock";
/** A lock that its holder hasn't touched for this long, in ms, is stale: it does so with every place. */
const staleAfter = 60 * 60 * 1000;
/** How long a put or a get waits for a trimmer to leave a place, in ms. It needs about 20 µs a file. */
const patience = 2_000;
const content = /^cacheprogw (\d+) ([^\n]*)\n(.?)/s;
const longest = 512;

/** The path of a store's lock. */
export function lockPath(directory: string): string {
  return join(directory, lockName);
}

/**
 * Waits until no trimmer removes files in a place. Call it after the file was refreshed, then check that it's there.
 *
 * @param lock see {@link lockPath}
 * @param place the first byte of the file's id
 * @returns false if a trimmer is still there after two seconds
 */
export function isClear(lock: string, place: number): boolean {
  if (!existsSync(lock)) return true;
  const end = performance.now() + patience;
  while (placeOf(lock) === place) {
    if (performance.now() > end) return false;
    Bun.sleepSync(1);
  }
  return true;
}

/** The place where a trimmer removes files; undefined if there is none. */
function placeOf(lock: string): number | undefined {
  const [, pid, machine, place] = content.exec(beginningOf(lock, longest)) ?? [];
  if (pid === undefined || !place) return undefined;
  return isHeld(lock, Number(pid), machine) ? place.charCodeAt(0) : undefined;
}

/** Whether the holder of a lock still runs, as far as can be told from here. */
function isHeld(lock: string, pid: number, machine: string | undefined): boolean {
  const stat = lstatSync(lock, { throwIfNoEntry: false });
  if (stat === undefined || Math.abs(Date.now() - stat.mtimeMs) > staleAfter) return false;
  return machine !== thisMachine() || isAlive(pid);
}

/** go waits for serve's start, which doesn't need node:os. */
let machineName: string | undefined;

/** The system whose pids we see: containers may have the same host name. */
function thisMachine(): string {
  machineName ??= `${process.getBuiltinModule("node:os").hostname().replaceAll("\n", " ")} ${pidNamespace()}`;
  return machineName;
}

function pidNamespace(): string {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return ""; // not Linux
  }
}

/** The right to trim a store. */
export class TrimLock implements Disposable {
  readonly #path: string;
  readonly #fd: number;
  readonly #head: number;

  private constructor(path: string, fd: number) {
    this.#path = path;
    this.#fd = fd;
    this.#head = writeSync(fd, `cacheprogw ${process.pid} ${thisMachine()}\n`);
  }

  /**
   * Takes the lock. That of a process that no longer runs is removed.
   *
   * @returns undefined if another process has it
   * @throws what the file system says
   */
  static take(directory: string): TrimLock | undefined {
    const path = lockPath(directory);
    for (const isLast of [false, true]) {
      try {
        return new TrimLock(path, openSync(path, "wx", 0o644));
      } catch (error) {
        if (!hasCode(error, "EEXIST")) throw error;
        if (isLast || !removeStale(directory, path)) return undefined;
      }
    }
    return undefined;
  }

  /** Says that files are removed in a place from now on. @returns false if the lock was lost: remove nothing more */
  enter(place: number): boolean {
    if (!this.#isOurs()) return false;
    writeSync(this.#fd, Uint8Array.of(place), 0, 1, this.#head);
    return true;
  }

  /** Removes the lock. */
  [Symbol.dispose](): void {
    try {
      if (this.#isOurs()) unlinkSync(this.#path);
    } catch {
      // It can't be removed now. It is stale once this process has ended.
    } finally {
      closeSync(this.#fd);
    }
  }

  /** Another process may have taken the lock over, after this one stood still for an hour. */
  #isOurs(): boolean {
    const stat = lstatSync(this.#path, { throwIfNoEntry: false });
    return stat !== undefined && stat.ino === fstatSync(this.#fd).ino;
  }
}

/** @returns whether the lock is gone now */
function removeStale(directory: string, path: string): boolean {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return true;
  if (!stat.isFile()) return false;
  const [, pid, machine] = content.exec(beginningOf(path, longest)) ?? [];
  const isAbandoned =
    pid === undefined ? Date.now() - stat.mtimeMs > staleAfter : !isHeld(path, Number(pid), machine);
  if (!isAbandoned) return false;
  // Two processes may get here. A rename takes one lock only; a fresh one that was taken by mistake is put back.
  const aside = join(directory, "tmp", temporaryName());
  mkdirSync(join(directory, "tmp"), { recursive: true });
  renameSync(path, aside);
  const isRight = lstatSync(aside).ino === stat.ino;
  if (!isRight) linkSync(aside, path);
  unlinkSync(aside);
  return isRight;
}
