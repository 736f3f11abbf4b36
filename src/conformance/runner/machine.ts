import { statfs } from "node:fs/promises";
import { cpus } from "node:os";

/** How often it is looked whether timers come in time, in ms. */
const tick = 20;
/** With less of the processors' time left than this, as a share, they are busy. */
const fewIdle = 0.05;
/** With timers that were late for more than this share of the time, this process had to wait for its turns. */
const muchLate = 0.25;
/** The most that a check may need on a disk, with what several need at once, in bytes. */
const littleRoom = 256 * 1024 * 1024;
/** With less than this nothing can be found out, in bytes; with fewer inodes neither. */
const noRoom = { bytes: 16 * 1024 * 1024, files: 256 };

/** What a machine looked like at a moment. */
export interface Mark {
  readonly at: number;
  /** What the processors have idled so far, all together, in ms. */
  readonly idle: number;
  readonly late: number;
}

/** How much room there is on a disk: enough, so little that a large body may not fit, or none to speak of. */
export type Room = "enough" | "little" | "none";

/** What the verdicts stand on beside the program: time of processors, and room on a disk. */
export interface Machine {
  mark(): Mark;
  /** Whether the processors had no time to spare since then, so that a sound program may have been late. */
  wasBusySince(mark: Mark): boolean;
  /** How much room there is where a directory is. */
  room(directory: string): Promise<Room>;
}

/** This one. It is watched until it is disposed of. */
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
    // What is neither work nor idleness is waiting for a disk, which makes programs late as well.
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
