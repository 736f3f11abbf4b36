import { ArgumentError, CacheProgError } from "./errors.ts";

/**
 * What is read of an argument. A Proxy, a getter or an object that inherits from another kind may throw anything.
 *
 * @throws {ArgumentError} for whatever `read` throws, but our own errors
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
