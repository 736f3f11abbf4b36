import type { TracedRequest } from "../../requests.ts";
import type { NamedTrace } from "../named.ts";

/** The requests of a trace by action, each in the order in which it was sent. */
export type TraceActions = ReadonlyMap<string, readonly TracedRequest[]>;

export function byAction(requests: readonly TracedRequest[]): TraceActions {
  return Map.groupBy(
    requests.filter(({ action }) => action !== ""),
    ({ action }) => action,
  );
}

/** What earlier traces put into a cache. */
interface Entry {
  output: string;
  readonly package: string;
  readonly size: number;
  /** How long the put took, in microseconds. */
  readonly time: number;
  /** Whether a later process could have read it, and has read it. */
  isOld: boolean;
  isRead: boolean;
}

/**
 * What the traces so far did to each cache. Traces of the same cache program with the same arguments are taken for traces
 * of one cache.
 */
export class Past {
  readonly #caches = new Map<string, Map<string, Entry>>();

  /** What is known of an action in the cache of a trace. */
  entry({ trace }: NamedTrace, action: string): Readonly<Entry> | undefined {
    return this.#caches.get(cacheOf(trace.start.program))?.get(action);
  }

  /** Adds a trace, after the rules have seen it. */
  add({ trace, names }: NamedTrace): void {
    const key = cacheOf(trace.start.program);
    const cache = this.#caches.getOrInsertComputed(key, () => new Map<string, Entry>());
    for (const entry of cache.values()) entry.isOld = true;
    for (const request of trace.requests) {
      const { action, output, size, outcome } = request;
      const known = cache.get(action);
      if (outcome === "hit" && known !== undefined) known.isRead = true;
      if (outcome !== "stored") continue;
      const name = names.of(action)?.package ?? "";
      const time = request.answered - request.sent;
      cache.set(action, { output, package: name, size, time, isOld: false, isRead: known?.isRead ?? false });
    }
  }

  /** The entries that later processes could have read. */
  *old(): Iterable<Readonly<Entry>> {
    for (const cache of this.#caches.values())
      for (const entry of cache.values()) if (entry.isOld) yield entry;
  }
}

function cacheOf(program: readonly string[]): string {
  return JSON.stringify(program);
}
