import type { Int64 } from "../wire/messages.ts";

/*
 * What a trace says, one event after another. format/ has the lines of a trace file.
 */

/** The first event: what was recorded, and where. */
export interface TraceStart {
  readonly kind: "start";
  /** The version of the format: 1. */
  readonly version: number;
  /** The wall time at which `at` is 0, as RFC 3339 with microseconds. */
  readonly time: string;
  /** What wrote the trace, such as "cacheprogw 0.1.0". */
  readonly recorder: string;
  /** The process id of that. */
  readonly pid?: number;
  /** The cache program with its arguments; none if the recorder served the requests itself. */
  readonly program: readonly string[];
  readonly go: GoProcess;
  readonly host: Host;
}

/** The go process that talked to the cache program, as far as it's known. */
export interface GoProcess {
  readonly pid: number;
  /** Its arguments, from `go` on. */
  readonly command?: readonly string[];
  /** Its working directory. */
  readonly directory?: string;
  /** As `go env GOVERSION` prints it. */
  readonly version?: string;
  /** Other variables of go's that a build depends on, such as GOFLAGS, GOOS and GODEBUG, by name. */
  readonly env?: Readonly<Record<string, string>>;
}

/** The machine. */
export interface Host {
  /** As process.platform and process.arch. */
  readonly platform: string;
  readonly arch: string;
  readonly processors: number;
  /** In bytes. */
  readonly memory: number;
}

/** What every later event has. */
export interface At {
  /** Microseconds since the start, by a monotonic clock. */
  readonly at: number;
}

/** The program's hello. */
export interface HelloEvent extends At {
  readonly kind: "hello";
  readonly commands: readonly string[];
}

/** A request from go, without its body. Ids of actions and outputs are in hex, here and everywhere in a trace. */
export interface RequestEvent extends At {
  readonly kind: "request";
  readonly id: Int64;
  /** get, put, close, or whatever was sent. */
  readonly command: string;
  readonly action?: string;
  readonly output?: string;
  /** Of a put: the BodySize, in bytes. */
  readonly size?: number;
}

/** The last byte of a body has come from go. */
export interface BodyEvent extends At {
  readonly kind: "body";
  /** Of the put. */
  readonly id: Int64;
  /** The SHA-256 of the body, if it isn't the OutputID of the put. */
  readonly sha256?: string;
  /** How many bytes it had, if that isn't the BodySize of the put. */
  readonly size?: number;
}

/** A response of the program, with each field as go reads it. A field that is missing has its zero value: false, "" or 0. */
export interface ResponseEvent extends At {
  readonly kind: "response";
  readonly id: Int64;
  readonly miss?: boolean;
  readonly error?: string;
  readonly output?: string;
  readonly size?: Int64;
  /** RFC 3339. */
  readonly time?: string;
  readonly path?: string;
}

/** Bytes that are no message. */
export interface RawEvent extends At {
  readonly kind: "raw";
  readonly from: "go" | "program";
  /** In base64. A long piece is cut: see `length`. */
  readonly bytes: string;
  /** How many bytes there were. */
  readonly length: number;
  /** Why they are no message. */
  readonly why: string;
}

/** go has closed the program's stdin, or the program its stdout. */
export interface EndEvent extends At {
  readonly kind: "end";
  readonly of: "stdin" | "stdout";
}

/** The program has ended: one of both is set. */
export interface ExitEvent extends At {
  readonly kind: "exit";
  readonly code?: number;
  readonly signal?: string;
}

/** The recorder got a signal, and passed it on. */
export interface SignalEvent extends At {
  readonly kind: "signal";
  readonly name: string;
}

/** What go wrote to the file of -debug-actiongraph, when it was done. */
export interface GraphEvent extends At {
  readonly kind: "graph";
  /** JSON. */
  readonly text: string;
}

/** What of a body names its action, where the action graph doesn't. names/head.ts makes it. */
export interface HeadEvent extends At {
  readonly kind: "head";
  readonly action: string;
  /** The first 4,096 bytes of a text, or what names its action: see readHead. */
  readonly text: string;
}

/** An event of a trace. */
export type TraceEvent =
  | TraceStart
  | HelloEvent
  | RequestEvent
  | BodyEvent
  | ResponseEvent
  | RawEvent
  | EndEvent
  | ExitEvent
  | SignalEvent
  | GraphEvent
  | HeadEvent;
