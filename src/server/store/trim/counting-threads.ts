import { availableParallelism } from "node:os";
import type { PlaceCount } from "./count-place.ts";
import type { CountJob } from "./count-thread.ts";

/** More threads wait for each other in the file system. */
const mostThreads = 4;

/** How many places a thread is given ahead. It doesn't wait then for this thread to take what it has counted. */
const ahead = 2;

/** Threads that count places of a store. */
export class CountingThreads implements Disposable {
  readonly #threads: readonly CountingThread[];

  /** @param file the path of count-thread.ts, or of what the build made of it */
  constructor(file: string, count = Math.min(availableParallelism(), mostThreads)) {
    this.#threads = Array.from({ length: count }, () => new CountingThread(file));
  }

  /**
   * Calls `take` with the counts of places, in any order. It leaves places out if threads can't start or end, for lack
   * of memory.
   *
   * @throws (rejects) what `take` throws
   */
  async count(directory: string, places: Iterable<number>, take: (count: PlaceCount) => void): Promise<void> {
    const rest = [...places].values();
    let failure: { readonly reason: unknown } | undefined;
    const feed = async (thread: CountingThread) => {
      for (const place of rest) {
        const count = await thread.count({ directory, place });
        if (count === undefined || failure !== undefined) return;
        try {
          take(count);
        } catch (reason) {
          failure = { reason };
        }
      }
    };
    // Also after a failure: a thread that is ended within a place leaves the file open that it reads.
    await Promise.all(this.#threads.flatMap((thread) => Array.from({ length: ahead }, () => feed(thread))));
    if (failure !== undefined) throw failure.reason;
  }

  [Symbol.dispose](): void {
    for (const thread of this.#threads) thread.end();
  }
}

class CountingThread {
  #worker: Worker | undefined;
  /** Of each place that was sent and not yet counted, in their order. */
  readonly #waiting: ((count: PlaceCount | undefined) => void)[] = [];

  constructor(file: string) {
    try {
      const worker = new Worker(file, { smol: true });
      worker.onmessage = ({ data }: MessageEvent<PlaceCount>) => this.#waiting.shift()?.(data);
      worker.onerror = (event) => {
        event.preventDefault();
        this.end();
      };
      worker.addEventListener("close", () => this.end());
      this.#worker = worker;
    } catch {
      // Whoever asks counts the places itself.
    }
  }

  /** @returns undefined if the thread has ended */
  count(job: CountJob): Promise<PlaceCount | undefined> {
    const worker = this.#worker;
    if (worker === undefined) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      worker.postMessage(job);
    });
  }

  end(): void {
    const worker = this.#worker;
    this.#worker = undefined;
    worker?.terminate();
    for (const settle of this.#waiting.splice(0)) settle(undefined);
  }
}
