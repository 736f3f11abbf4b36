/*
 * The GOCACHEPROG protocol in ten lines.
 *
 * The go command starts a cache program and talks to it over stdin and stdout. The program writes first: a hello, which
 * is a response with ID 0 and the commands it knows. Then go sends requests, and the program sends one response to each,
 * with the same ID, in any order. A request is one line of JSON and an empty line. If it's a put with a non-empty body,
 * one more line follows: the body as a JSON string of base64. The response to a get is a miss, or names a file that
 * holds the body; so does the response to a put. A response is one JSON object; it needs no separator. When go is done
 * it sends close, waits for the response, closes the program's stdin and waits for the end of its stdout. If the program
 * doesn't know close, go just closes stdin. Anything on stdout that isn't a response is fatal to go.
 *
 * Source: cmd/go/internal/cacheprog (the types and their meaning), cmd/go/internal/cache/prog.go (what go does).
 */

/** The commands go sends. A program may declare others; go never uses them. */
export type Command = "get" | "put" | "close";

/**
 * A 64-bit integer: a number up to ±(2^53 - 1), a bigint beyond, so that no value is ever rounded.
 */
export type Int64 = number | bigint;

/** A request from go to the program. Source: cacheprog.Request. */
export interface Request {
  /** Unique within a connection; the response repeats it. go counts from 1. */
  readonly id: Int64;
  /** A {@link Command}, or any text: a test may send what go never would. */
  readonly command: string;
  /** The key of a get or put: 32 bytes. */
  readonly actionID?: Uint8Array | undefined;
  /** The SHA-256 of the body of a put: 32 bytes. */
  readonly outputID?: Uint8Array | undefined;
  /** Length of the body in bytes, before base64. If it's 0, it isn't written, and no body follows. */
  readonly bodySize?: number | undefined;
  /** The name of OutputID before Go 1.24. A go built with the cacheprog experiment sends both. */
  readonly objectID?: Uint8Array | undefined;
}

/** A response from the program to go, with each field as Go's decoder leaves it. Source: cacheprog.Response. */
export interface Response {
  /** The id of the request; 0 for the hello, or if the program wrote none. */
  readonly id: Int64;
  /** Why the request failed; "" if it didn't. */
  readonly err: string;
  /** The commands the program knows, in the hello. */
  readonly knownCommands: readonly string[];
  /** Whether a get found nothing. */
  readonly miss: boolean;
  /** In a hit: the OutputID of the put. It should be 32 bytes; nothing has checked it. */
  readonly outputID: Uint8Array;
  /** In a hit: the length of the body in bytes. */
  readonly size: Int64;
  /** In a hit: when the body was put; undefined if the program doesn't say. */
  readonly time: Temporal.Instant | undefined;
  /** In a hit, and after a put: the absolute path of a file that holds the body. */
  readonly diskPath: string;
}
