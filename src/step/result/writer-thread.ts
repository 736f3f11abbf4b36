import { type WriteFailure, type WriteJob, writeFiles } from "./write-files.ts";

/** What the thread gets, and what it answers. */
interface Order {
  readonly number: number;
  readonly job: WriteJob;
}

interface Answer {
  readonly number: number;
  readonly failure: WriteFailure | undefined;
}

/** How one share of a job ended: "lost" if the thread couldn't start or has ended. */
export type Share = WriteFailure | undefined | "lost";

/**
 * A thread that takes a share in writing files: reading, hashing and writing them takes more of the processor than
 * copying them. It starts on first use and stays. It keeps the process alive only while somebody waits for it.
 */
export class WriterThread {
  readonly #code: string;
  #worker: Worker | undefined;
  #isLost = false;
  readonly #waiting = new Map<number, (share: Share) => void>();
  #last = 0;

  /** @param code the JavaScript that runs in the thread */
  constructor(code: string) {
    this.#code = code;
  }

  /** Takes a share in a job until no file is left. Never rejects. */
  help(job: WriteJob): Promise<Share> {
    this.start();
    const worker = this.#worker;
    if (worker === undefined) return Promise.resolve("lost");
    const order: Order = { number: ++this.#last, job };
    return new Promise((resolve) => {
      this.#waiting.set(order.number, resolve);
      worker.ref();
      worker.postMessage(order);
    });
  }

  /** Starts the thread, so that it's there when it's needed. */
  start(): void {
    if (this.#worker !== undefined || this.#isLost) return;
    try {
      const script = URL.createObjectURL(new Blob([this.#code], { type: "text/javascript" }));
      const worker = new Worker(script, { smol: true });
      worker.unref();
      worker.onmessage = ({ data }: MessageEvent<Answer>) => {
        this.#waiting.get(data.number)?.(data.failure);
        this.#waiting.delete(data.number);
        if (this.#waiting.size === 0) worker.unref();
      };
      worker.onerror = (event) => {
        event.preventDefault();
        this.#lose();
      };
      worker.addEventListener("close", () => this.#lose());
      this.#worker = worker;
    } catch {
      this.#lose();
    }
  }

  #lose(): void {
    this.#isLost = true;
    this.#worker?.terminate();
    this.#worker = undefined;
    for (const resolve of this.#waiting.values()) resolve("lost");
    this.#waiting.clear();
  }
}

/** The process's only writer thread. */
export const writerThread = new WriterThread(
  `const write = ${writeFiles};
  self.onmessage = ({ data: { number, job } }) => postMessage({ number, failure: write(job, true, Infinity) });`,
);
