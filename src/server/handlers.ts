import type { Int64 } from "../wire/messages.ts";

/** A get request, as passed to a handler. */
export interface GetRequest {
  /** The number of the request, unique among those of a client. For logs; the response gets it by itself. */
  readonly id: Int64;
  /** The key: 32 bytes. */
  readonly actionID: Uint8Array;
}

/** A put request, as passed to a handler. */
export interface PutRequest {
  /** The number of the request, unique among those of a client. For logs; the response gets it by itself. */
  readonly id: Int64;
  /** The key: 32 bytes. */
  readonly actionID: Uint8Array;
  /** The SHA-256 of the body as claimed by the client: 32 bytes. Not verified. */
  readonly outputID: Uint8Array;
  /** The length of the body in bytes as claimed by the client. Reading a body of any other length fails at its end. */
  readonly size: number;
  /** The body. Bytes that the handler leaves unread are dropped when it finishes. */
  readonly body: BodyReader;
}

/**
 * The body of a put, read while it arrives. Use `for await`, or call `read`, which doesn't wait a turn of the event
 * loop for a chunk that is already buffered. Both fail with a CacheProgError `PROTOCOL_ERROR` if the body is incomplete.
 *
 * A chunk is valid until the next `read` of its body, which may reuse the memory. Copy what you keep.
 */
export interface BodyReader extends AsyncIterable<Uint8Array> {
  /** Returns the next chunk, null at the end, or a promise of either. Wait for the promise before the next call. */
  read(): Uint8Array | null | Promise<Uint8Array | null>;
}

/** The result of a get that found an entry. */
export interface Hit {
  /** The output id from the put: 32 bytes. */
  readonly outputID: Uint8Array;
  /** The length of the body in bytes. */
  readonly size: number;
  /** The time of the put. Without it, go takes the time of the response. */
  readonly time?: Temporal.Instant;
  /** The absolute path of a file that holds the body, and nothing else, at least until close. */
  readonly diskPath: string;
}

/** The result of a put. */
export interface Stored {
  /** The absolute path of a file that holds the body, and nothing else, at least until close. */
  readonly diskPath: string;
}

/**
 * The commands of a cache program, one handler each. A command without a handler isn't declared to the client. A
 * handler returns its result or a promise of it; any number of calls may be pending at once. If it throws, that one
 * request is answered with the error's message.
 */
export interface Handlers {
  /** Null is a miss. Return a miss rather than an error for internal trouble: the client can't act on an error. */
  get?(request: GetRequest): Hit | null | Promise<Hit | null>;
  /** The go command stops with an error if the put of a module index fails, and ignores other failed puts. */
  put?(request: PutRequest): Stored | Promise<Stored>;
  /** Called once, after all other handlers finish: before close is answered, or after stdin ends without a close. */
  close?(): void | Promise<void>;
}
