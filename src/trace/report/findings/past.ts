import type { ActionName } from "../../names/action-name.ts";
import { showName } from "../../names/show-name.ts";
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
  /** The names of what each cache has. */
  readonly #names = new Map<string, Set<string>>();

  /** What is known of an action in the cache of a trace. */
  entry({ trace }: NamedTrace, action: string): Readonly<Entry> | undefined {
    return this.#caches.get(cacheOf(trace.start.program))?.get(action);
  }

  /** Whether the cache of a trace may have had an entry of this name: it had, or nothing is known of the cache. */
  mayHave({ trace }: NamedTrace, name: ActionName): boolean {
    const known = this.#names.get(cacheOf(trace.start.program));
    return known === undefined || known.has(showName(name));
  }

  /** Adds a trace, after the rules have seen it. */
  add({ trace, names }: NamedTrace): void {
    const key = cacheOf(trace.start.program);
    const cache = this.#caches.getOrInsertComputed(key, () => new Map<string, Entry>());
    const known = this.#names.getOrInsertComputed(key, () => new Set<string>());
    for (const entry of cache.values()) entry.isOld = true;
    for (const request of trace.requests) {
      const { action, output, size, outcome } = request;
      const name = names.of(action);
      if (name !== undefined && (outcome === "hit" || outcome === "stored")) known.add(showName(name));
      const before = cache.get(action);
      if (outcome === "hit" && before !== undefined) before.isRead = true;
      if (outcome !== "stored") continue;
      const time = request.answered - request.sent;
      const isRead = before?.isRead ?? false;
      cache.set(action, { output, package: name?.package ?? "", size, time, isOld: false, isRead });
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
