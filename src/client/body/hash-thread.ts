import type { PendingCall } from "./body-source.ts";
import { type HashJob, type HashResult, hashWorker } from "./hash-worker.ts";

/**
 * A thread that hashes files, so one body can be hashed while another is sent. It starts on first use, serves all
 * connections, and doesn't keep the process alive.
 */
export class HashThread {
  readonly #code: string;
  #worker: Worker | undefined;
  /** The thread couldn't start or has ended, for lack of memory. It isn't started again. */
  #lost = false;
  readonly #waiting = new Map<number, (digest: Uint8Array | undefined) => void>();
  #lastJob = 0;

  /** @param code the JavaScript that runs in the thread */
  constructor(code: string) {
    this.#code = code;
  }

  /**
   * Computes the SHA-256 of an open file's first `size` bytes. Resolves to undefined if the thread can't do it or the
   * call has settled. The thread no longer uses the descriptor then, and the caller hashes itself, or learns why it can't.
   */
  hash(fd: number, size: number, call: PendingCall): Promise<Uint8Array | undefined> {
    const worker = this.#start();
    if (worker === undefined) return Promise.resolve(undefined);
    const stopped = new Int32Array(new SharedArrayBuffer(4));
    const job: HashJob = { job: ++this.#lastJob, fd, size, stopped };
    return new Promise((resolve) => {
      this.#waiting.set(job.job, resolve);
      call.whenSettled = () => void Atomics.store(stopped, 0, 1);
      worker.postMessage(job);
    });
  }

  #start(): Worker | undefined {
    if (this.#worker !== undefined || this.#lost) return this.#worker;
    try {
      const script = URL.createObjectURL(new Blob([this.#code], { type: "text/javascript" }));
      const worker = new Worker(script, { smol: true });
      worker.unref();
      worker.onmessage = ({ data }: MessageEvent<HashResult>) => this.#finish(data);
      worker.onerror = (event) => {
        event.preventDefault();
        this.#lose();
      };
      worker.addEventListener("close", () => this.#lose());
      this.#worker = worker;
    } catch {
      this.#lose();
    }
    return this.#worker;
  }

  #finish({ job, digest }: HashResult): void {
    const resolve = this.#waiting.get(job);
    this.#waiting.delete(job);
    resolve?.(digest);
  }

  #lose(): void {
    this.#lost = true;
    this.#worker?.terminate();
    this.#worker = undefined;
    for (const resolve of this.#waiting.values()) resolve(undefined);
    this.#waiting.clear();
  }
}

/** The process's only hash thread. */
export const hashThread = new HashThread(`(${hashWorker})()`);
