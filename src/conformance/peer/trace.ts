import { createHash } from "node:crypto";
import { LineJoiner } from "./byte-lines.ts";
import type { Observer } from "./transcript.ts";

/** The longest text that is told whole, in bytes. */
const longest = 64 * 1024;
const quote = 0x22;

/** One thing that a program was told, said or did. As JSON it is a line of a trace. */
export interface TraceEntry {
  /** Since the run began, in µs. What is sent has the time at which it was given away; the pipe may take it later. */
  readonly time: number;
  /** The id of the check; null for what comes before the checks. */
  readonly check: string | null;
  /** The number of the program, from 1, in the order in which this try of the check started them. */
  readonly process: number;
  /** To the program's stdin, from its stdout, a line of its stderr, or something that happened. */
  readonly direction: "to" | "from" | "stderr" | "event";
  /** A request or a response. An integer beyond 2^53 is a string, so that it keeps its digits. */
  readonly message?: unknown;
  /** The body of a put, in place of its bytes. */
  readonly body?: { readonly size: number; readonly sha256: string };
  /** A line that is neither, a line of stderr, or what happened. */
  readonly text?: string;
  /** How the program was started: its words, its directory, and the variables that it has in another value than this process. */
  readonly start?: {
    readonly pid: number;
    readonly argv: readonly string[];
    readonly cwd: string;
    readonly env: Readonly<Record<string, string | null>>;
  };
}

/** What is known of an entry where it arises; who passes it on adds the rest. */
export type TraceEvent = Omit<TraceEntry, "time" | "check" | "process">;

/** Tells of the conversation with one program, message by message. */
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

  /** Tells what is left: lines that never ended. */
  end(): void {
    this.#line("to", this.#to.end());
    this.#line("from", this.#from.end());
  }

  #line(direction: "to" | "from", line: Uint8Array): void {
    if (line.length > 0) this.#onEvent({ direction, ...contentOf(line) });
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The variables that a program has in another value than this process; null where it has none. */
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

/** A body that is base64 between quotes. */
function bodyOf(line: Uint8Array): TraceEntry["body"] {
  if (line.at(-1) !== quote) return undefined;
  try {
    const bytes = Uint8Array.fromBase64(Buffer.from(line.subarray(1, -1)).toString("latin1"));
    return { size: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") };
  } catch {
    return undefined;
  }
}

/** A line that is none, such as one that was cut off. */
function sizeOf(line: Uint8Array): NonNullable<TraceEntry["body"]> {
  return { size: line.length, sha256: createHash("sha256").update(line).digest("hex") };
}

function exactly(_key: string, value: unknown, context?: { source?: string }): unknown {
  const isRounded = typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value);
  return isRounded ? (context?.source ?? value) : value;
}
