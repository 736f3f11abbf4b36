/** The longest delay setTimeout supports, in ms: 24 days. It fires at once for more. */
export const longestTimeout = 2 ** 31 - 1;

/** Waits for a promise for at most `ms`; undefined if it takes longer. The timer keeps the process alive. */
export async function within<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(resolve, ms, undefined);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Waits for a promise, unless something else happens first. The promise itself goes on.
 *
 * @param watch gets a function that ends the wait with an error, and returns one that stops watching
 */
export async function unless<T>(
  promise: Promise<T>,
  watch: (fail: (error: unknown) => void) => (() => void) | undefined,
): Promise<T> {
  const { promise: failed, reject } = Promise.withResolvers<never>();
  const stop = watch(reject);
  try {
    return await Promise.race([promise, failed]);
  } finally {
    stop?.();
  }
}
