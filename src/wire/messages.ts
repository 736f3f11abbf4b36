/*
 * The GOCACHEPROG protocol, in ten lines.
 *
 * The go command starts a cache program and talks to it over its stdin and stdout. The program speaks first: a
 * hello, which is a response with ID 0 and the commands it knows. After that, go sends requests and the program
 * sends one response for each, in any order, with the same ID. A request is one line of JSON and an empty line. If
 * it is a put of more than nothing, one more line follows: the body, as one JSON string of base64. A get is answered
 * with a miss or with the path of a file that holds the body; a put is answered with such a path as well. A response
 * is one JSON object; nothing has to separate it from the next. Before it goes, go sends close, waits for the
 * answer, ends the program's stdin and waits until its stdout ends. A go command that has nothing to close with just
 * ends stdin. Whatever is not the JSON of a response on stdout is fatal to go.
 *
 * Source: cmd/go/internal/cacheprog (the types and their meaning), cmd/go/internal/cache/prog.go (what go does).
 */

/** The commands that go sends. A program may declare others, which go never uses. */
export type Command = "get" | "put" | "close";

/**
 * A 64-bit integer of the wire: a number where JavaScript has it exactly, a bigint beyond ±(2^53 - 1). So a value
 * that is not safe never turns into one that is.
 */
export type Int64 = number | bigint;

/** What go sends to the program. Source: cacheprog.Request. */
export interface Request {
  /** Unique in one connection; the answer repeats it. go counts from 1. */
  readonly id: Int64;
  /** One of {@link Command}; any text, so that a test can send what go never would. */
  readonly command: string;
  /** The key: 32 bytes, of get and put. */
  readonly actionID?: Uint8Array | undefined;
  /** SHA-256 of the body: 32 bytes, of put. */
  readonly outputID?: Uint8Array | undefined;
  /** Length of the body in bytes, before base64. 0 is not written, and then no body follows. */
  readonly bodySize?: number | undefined;
  /** What OutputID was called before Go 1.24; a go built with the cacheprog experiment sends both. */
  readonly objectID?: Uint8Array | undefined;
}

/** What the program sends to go, each field as Go's decoder leaves it. Source: cacheprog.Response. */
export interface Response {
  /** The request's; 0 for the hello, and where the program wrote none. */
  readonly id: Int64;
  /** The error of this request; "" is none. */
  readonly err: string;
  /** The commands of the hello. */
  readonly knownCommands: readonly string[];
  /** A get found nothing. */
  readonly miss: boolean;
  /** The OutputID of the put, for a hit: 32 bytes, if the program is right. */
  readonly outputID: Uint8Array;
  /** The length of the body in bytes, for a hit. */
  readonly size: Int64;
  /** When the body was put, for a hit; undefined where the program does not say. */
  readonly time: Temporal.Instant | undefined;
  /** The absolute path of a file that holds the body, for a hit and for a put. */
  readonly diskPath: string;
}
