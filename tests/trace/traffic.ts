import type { TraceEvent, TraceStart } from "../../src/trace/events.ts";
import { TraceEncoder } from "../../src/trace/format/encode.ts";

/** The first event of a trace. */
export const start: TraceStart = {
  kind: "start",
  version: 1,
  time: "2026-11-26T10:00:00.000000Z",
  recorder: "cacheprogw 0.1.0",
  program: ["./cache"],
  go: { pid: 7, command: ["go", "build", "./..."], directory: "/src", version: "go1.26.8" },
  host: { platform: "linux", arch: "x64", processors: 2, memory: 1 },
};

/** An id in hex, different for each number and letter. */
export function id(number: number, letter = "a"): string {
  return `${letter}${number.toString(16).padStart(63, "0")}`;
}

/** The SHA-256 of a text, in hex. */
export function sha256(text: string): string {
  return new Bun.CryptoHasher("sha256").update(text).digest("hex");
}

/** The text of a trace file. */
export function traceText(events: readonly TraceEvent[]): string {
  const encoder = new TraceEncoder();
  return [start, ...events].map((event) => encoder.encode(event)).join("");
}

/** Writes the conversation of a go command, an event after another. Each is 10 µs after the one before. */
export class Traffic {
  readonly events: TraceEvent[] = [];
  #at = 0;
  #id = 0;

  constructor(commands: readonly string[] = ["get", "put", "close"]) {
    this.events.push({ kind: "hello", at: this.#next(), commands });
  }

  /** Time passes, in µs. */
  wait(time: number): this {
    this.#at += time;
    return this;
  }

  add(event: TraceEvent extends infer E ? (E extends { at: number } ? Omit<E, "at"> : never) : never): this {
    this.events.push({ ...event, at: this.#next() });
    return this;
  }

  /** The next request gets the ID after the next. */
  skipID(): this {
    this.#id++;
    return this;
  }

  get(action: string): number {
    this.add({ kind: "request", id: ++this.#id, command: "get", action });
    return this.#id;
  }

  put(action: string, output: string, size: number): number {
    this.add({ kind: "request", id: ++this.#id, command: "put", action, output, size });
    if (size > 0) this.add({ kind: "body", id: this.#id });
    return this.#id;
  }

  close(): number {
    this.add({ kind: "request", id: ++this.#id, command: "close" });
    return this.#id;
  }

  /** A get without a response. */
  asks(action: string): this {
    this.get(action);
    return this;
  }

  /** A close without a response. */
  closes(): this {
    this.close();
    return this;
  }

  miss(id: number): this {
    return this.add({ kind: "response", id, miss: true });
  }

  hit(id: number, output: string, size: number, more: { path?: string; time?: string } = {}): this {
    const { path = `/store/${output}`, time = "2026-11-26T09:00:00Z" } = more;
    return this.add({ kind: "response", id, output, size, path, time });
  }

  stored(id: number, path = "/store/body"): this {
    return this.add({ kind: "response", id, path });
  }

  /** The response to close, and the end of everything. */
  end(): this {
    const id = this.close();
    this.add({ kind: "response", id });
    this.add({ kind: "end", of: "stdin" });
    this.add({ kind: "end", of: "stdout" });
    return this.add({ kind: "exit", code: 0 });
  }

  get text(): string {
    return traceText(this.events);
  }

  #next(): number {
    this.#at += 10;
    return this.#at;
  }
}
