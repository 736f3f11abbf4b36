import { ArgumentError, CacheProgError, type ErrorCode } from "../errors.ts";

/**
 * What a connection has done since its start; see CacheProg.stats. It counts the gets and puts sent to the program,
 * also those of getFile, getBytes, getOrPut and getOrPutJSON. Each call counts once it settles, as a hit, a miss, a put
 * or a failure.
 *
 * There's no time saved: a hit doesn't say how long its body took to make. The protocol has no field for that.
 */
export interface CacheStats {
  /** Gets answered with a hit. Whether its file was of use isn't known here: getFile and getBytes may still return null. */
  readonly hits: number;
  /** Gets answered with a miss. */
  readonly misses: number;
  /** Puts the program has stored. */
  readonly puts: number;
  /**
   * Gets and puts that rejected, by error code; a code that hasn't occurred isn't there. Among them are those that
   * weren't sent, such as with `UNSUPPORTED_COMMAND`, and those whose error getOrPut has kept from the build.
   */
  readonly failures: Readonly<Partial<Record<ErrorCode, number>>>;
  /** The sizes of the hits, in bytes, as the program reports them. Nothing was read or sent for that. */
  readonly hitBytes: number;
  /** The sizes of the bodies of the puts, in bytes, before base64. A body counts each time it's put. */
  readonly putBytes: number;
  /**
   * How long the program took to respond, in ms: the sum, over the responses to gets and puts, of the time from when
   * the system had taken the whole request until its response was read. Calls at the same time each count in full, so
   * it can be more than the time that passed. Time in the queue doesn't count, nor do hashing and sending a body, nor
   * calls without a response, such as after a timeout. A response to a call that was aborted meanwhile counts.
   */
  readonly responseTime: number;
}

/** Counts what is in {@link CacheStats}. */
export class Tally {
  #hits = 0;
  #misses = 0;
  #puts = 0;
  #hitBytes = 0;
  #putBytes = 0;
  readonly #failures: Partial<Record<ErrorCode, number>> = {};

  hit(size: number): void {
    this.#hits++;
    this.#hitBytes += size;
  }

  miss(): void {
    this.#misses++;
  }

  put(size: number): void {
    this.#puts++;
    this.#putBytes += size;
  }

  /** A get or put has rejected. */
  failure(error: unknown): void {
    if (!(error instanceof CacheProgError || error instanceof ArgumentError)) return;
    this.#failures[error.code] = (this.#failures[error.code] ?? 0) + 1;
  }

  snapshot(responseTime: number): CacheStats {
    return {
      hits: this.#hits,
      misses: this.#misses,
      puts: this.#puts,
      failures: { ...this.#failures },
      hitBytes: this.#hitBytes,
      putBytes: this.#putBytes,
      responseTime,
    };
  }
}
