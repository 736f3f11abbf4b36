import { createHash } from "node:crypto";
import { LineJoiner } from "./byte-lines.ts";
import type { Observer } from "./transcript.ts";

/** The longest line that is traced whole, in bytes. */
const longest = 64 * 1024;
const quote = 0x22;

/** One event of the conversation with a program. As JSON it is one line of a trace. */
export interface TraceEntry {
  /** Since the run began, in µs. For sent bytes, the time of the write; the pipe may accept them later. */
  readonly time: number;
  /** The id of the check; null before the first check. */
  readonly check: string | null;
  /** The number of the process, from 1, in the order in which this attempt of the check started them. */
  readonly process: number;
  /** To the program's stdin, from its stdout, a line of its stderr, or another event such as an exit. */
  readonly direction: "to" | "from" | "stderr" | "event";
  /** A request or a response. An integer beyond 2^53 is a string, to keep its digits. */
  readonly message?: unknown;
  /** The size and hash of a put's body, instead of its bytes. */
  readonly body?: { readonly size: number; readonly sha256: string };
  /** Any other line, a line of stderr, or the description of an event. */
  readonly text?: string;
  /** How the program was started. `env` has only the variables that differ from this process. */
  readonly start?: {
    readonly pid: number;
    readonly argv: readonly string[];
    readonly cwd: string;
    readonly env: Readonly<Record<string, string | null>>;
  };
}

/** The part of an entry that its source knows; the runner adds the rest. */
export type TraceEvent = Omit<TraceEntry, "time" | "check" | "process">;

/** Reports the conversation with one process, message by message. */
export class TraceWriter implements Observer {
  readonly #onEvent: (event: TraceEvent) => void;
  readonly #to = new LineJoiner();
  readonly #from = new LineJoiner();

  constructor(onEvent: (event: TraceEvent) => void) {
    this.#onEvent = onEvent;
  }

  started(start: Omit<NonNullable<TraceEntry["start"]>, "env"> & { readonly env: Environment }): void {
    this.#onEvent({ direction: "event", text: "started", start: { ...start, env: changed(start.env) } });
  }

  sent(bytes: Uint8Array): void {
    for (const line of this.#to.push(bytes)) this.#line("to", line);
  }

  received(bytes: Uint8Array): void {
    for (const line of this.#from.push(bytes)) this.#line("from", line);
  }

  body(size: number, sha256: string): void {
    this.#onEvent({ direction: "to", body: { size, sha256 } });
  }

  stderr(text: string): void {
    this.#onEvent({ direction: "stderr", text });
  }

  event(text: string): void {
    this.#onEvent({ direction: "event", text });
  }

  /** Reports what is left: lines without an end. */
  end(): void {
    this.#line("to", this.#to.end());
    this.#line("from", this.#from.end());
  }

  #line(direction: "to" | "from", line: Uint8Array): void {
    if (line.length > 0) this.#onEvent({ direction, ...contentOf(line) });
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The variables of a program that differ from this process; null for one that is unset. */
function changed(env: Environment): Record<string, string | null> {
  const names = new Set([...Object.keys(env), ...Object.keys(process.env)]);
  const different = [...names].filter((name) => env[name] !== process.env[name]).toSorted();
  return Object.fromEntries(different.map((name) => [name, env[name] ?? null]));
}

function contentOf(line: Uint8Array): Pick<TraceEntry, "message" | "body" | "text"> {
  if (line[0] === quote) return { body: bodyOf(line) ?? sizeOf(line) };
  const text = Buffer.from(line.subarray(0, longest)).toString();
  if (line.length > longest) return { text: `${text}… (${line.length} bytes)` };
  try {
    return { message: JSON.parse(text, exactly) };
  } catch {
    return { text };
  }
}

/** Decodes a body, base64 between quotes; undefined if the line is not that. */
function bodyOf(line: Uint8Array): TraceEntry["body"] {
  if (line.at(-1) !== quote) return undefined;
  try {
    const bytes = Uint8Array.fromBase64(Buffer.from(line.subarray(1, -1)).toString("latin1"));
    return { size: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") };
  } catch {
    return undefined;
  }
}

/** The size and hash of a line that is not a valid body, such as one that was cut off. */
function sizeOf(line: Uint8Array): NonNullable<TraceEntry["body"]> {
  return { size: line.length, sha256: createHash("sha256").update(line).digest("hex") };
}

function exactly(_key: string, value: unknown, context?: { source?: string }): unknown {
  const isRounded = typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value);
  return isRounded ? (context?.source ?? value) : value;
}
