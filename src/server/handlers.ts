import type { Int64 } from "../wire/messages.ts";

/** A get, as a handler sees it. */
export interface GetRequest {
  readonly id: Int64;
  /** The key: 32 bytes. */
  readonly actionID: Uint8Array;
}

/** A put, as a handler sees it. */
export interface PutRequest {
  readonly id: Int64;
  /** The key: 32 bytes. */
  readonly actionID: Uint8Array;
  /** What the client says is the SHA-256 of the body: 32 bytes. Nobody has compared it. */
  readonly outputID: Uint8Array;
  /** How long the client says the body is, in bytes. Reading a body of any other length fails at its end. */
  readonly size: number;
  /** The body. What the handler leaves unread is thrown away when the handler is done. */
  readonly body: BodyReader;
}

/**
 * A body as it comes in. `for await` reads it; `read` does too, without a turn of the event loop for each chunk that
 * is already here. Either rejects, or throws, a CacheProgError `PROTOCOL_ERROR` where the body is not whole.
 *
 * A chunk is valid until the next `read` of its body, which may reuse its memory: copy what is to be kept.
 */
export interface BodyReader extends AsyncIterable<Uint8Array> {
  /** The next chunk, null at the end, or a promise where neither is here yet. Call it again when that is fulfilled. */
  read(): Uint8Array | null | Promise<Uint8Array | null>;
}

/** What a get found. */
export interface Hit {
  /** The OutputID of the put: 32 bytes. */
  readonly outputID: Uint8Array;
  /** The length of the body in bytes. */
  readonly size: number;
  /** When it was put. */
  readonly time?: Temporal.Instant;
  /** The absolute path of a file that holds the body, and nothing else, at least until close. */
  readonly diskPath: string;
}

/** Where the body of a put is now. */
export interface Stored {
  /** The absolute path of a file that holds the body, and nothing else, at least until close. */
  readonly diskPath: string;
}

/**
 * What a cache program does, one handler a command; a command without one is not declared to the client. A handler
 * may return its result or a promise of it, and any number of calls may be under way. The message of what it throws
 * is the error that this one request is answered with.
 */
export interface Handlers {
  /** Null is a miss. Trouble inside is better a miss than an error: the client can do nothing about it. */
  get?(request: GetRequest): Hit | null | Promise<Hit | null>;
  /** go ends with an error where the put of a module index fails, and ignores any other that does. */
  put?(request: PutRequest): Stored | Promise<Stored>;
  /** Called once, after all other handlers are done: before close is answered, or when stdin has ended without one. */
  close?(): void | Promise<void>;
}
