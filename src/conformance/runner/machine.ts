import { statfs } from "node:fs/promises";
import { cpus } from "node:os";

/** The interval of the timer that measures how late timers fire, in ms. */
const tick = 20;
/** The processors are busy if they idle for less than this share of the time. */
const fewIdle = 0.05;
/** This process had to wait for a processor if timers were late for more than this share of the time. */
const muchLate = 0.25;
/** The most disk space that concurrent checks may need together, in bytes. */
const littleRoom = 256 * 1024 * 1024;
/** With less free space than this, in bytes, or fewer free inodes, no check gives a reliable result. */
const noRoom = { bytes: 16 * 1024 * 1024, files: 256 };

/** The state of a machine at one moment. */
export interface Mark {
  readonly at: number;
  /** The total idle time of all processors so far, in ms. */
  readonly idle: number;
  readonly late: number;
}

/** Free space on a disk: enough, so little that a large body may not fit, or practically none. */
export type Room = "enough" | "little" | "none";

/** What verdicts depend on besides the program: processor time and disk space. */
export interface Machine {
  mark(): Mark;
  /** Whether the processors have been so busy since then that a correct program may have been late. */
  wasBusySince(mark: Mark): boolean;
  /** The free space on the disk of a directory. */
  room(directory: string): Promise<Room>;
}

/** The machine that this process runs on. Measures it until disposed of. */
export class ThisMachine implements Machine, Disposable {
  readonly #timer: ReturnType<typeof setInterval>;
  #last = performance.now();
  #late = 0;

  constructor() {
    this.#timer = setInterval(() => {
      const now = performance.now();
      this.#late += Math.max(0, now - this.#last - tick);
      this.#last = now;
    }, tick).unref();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  mark(): Mark {
    return { at: performance.now(), idle: idleTime(), late: this.#late };
  }

  wasBusySince({ at, idle, late }: Mark): boolean {
    const passed = performance.now() - at;
    // Time that is neither work nor idle is spent waiting for a disk, which makes programs late too.
    const isIdle = idleTime() - idle >= fewIdle * passed * cpus().length;
    return !isIdle || this.#late - late > muchLate * passed;
  }

  async room(directory: string): Promise<Room> {
    const { bavail, bsize, files, ffree } = await statfs(directory);
    const bytes = bavail * bsize;
    if (bytes < noRoom.bytes || (files > 0 && ffree < noRoom.files)) return "none";
    return bytes < littleRoom ? "little" : "enough";
  }
}

function idleTime(): number {
  return cpus().reduce((sum, { times }) => sum + times.idle, 0);
}
