import { ArgumentError, CacheProgError } from "./errors.ts";

/**
 * Calls `read`, which looks at a caller's argument. A Proxy or a getter may throw anything.
 *
 * @throws {ArgumentError} for anything `read` throws, except this library's own errors, which pass through
 */
export function readArgument<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof ArgumentError || cause instanceof CacheProgError) throw cause;
    const why = cause instanceof Error ? cause.message : typeof cause;
    throw new ArgumentError(`${what} can't be read: ${why}`, { cause });
  }
}
