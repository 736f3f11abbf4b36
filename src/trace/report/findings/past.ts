import type { TraceStart } from "../../events.ts";
import type { ActionName } from "../../names/action-name.ts";
import { showName } from "../../names/show-name.ts";
import type { TracedRequest } from "../../requests.ts";
import { latencyOf, type NamedTrace } from "../named.ts";

/** The requests of a trace about actions that were put, by action, each in the order in which it was sent. */
export type PutActions = ReadonlyMap<string, readonly TracedRequest[]>;

/** In a warm build, few actions are put: all others would take much memory for nothing. */
export function putActions(requests: readonly TracedRequest[]): PutActions {
  const put = new Set<string>();
  for (const { command, action } of requests) if (command === "put") put.add(action);
  return Map.groupBy(
    requests.filter(({ action }) => put.has(action)),
    ({ action }) => action,
  );
}

/** What a trace put into a cache. */
export interface PastEntry {
  readonly output: string;
  readonly kind: string;
  readonly package: string;
  readonly size: number;
  /** How long the put took, in microseconds. */
  readonly time: number;
  /** Which trace put it. */
  readonly trace: number;
  /** Whether a process has got it since. */
  isRead: boolean;
}

/** What the traces so far did to one cache. */
export class PastCache {
  readonly #entries = new Map<string, PastEntry>();
  /** Names, as {@link showName} shows them. */
  readonly #indexes = new Set<string>();
  #traces = 0;
  #go: TraceStart["go"] | undefined;

  /** The go process of the last trace. */
  get go(): TraceStart["go"] | undefined {
    return this.#go;
  }

  /** What was put for an action. */
  entry(action: string): PastEntry | undefined {
    return this.#entries.get(action);
  }

  /** Whether there may be an index of this name: a trace had it, or nothing is known of the cache. */
  mayHaveIndex(name: ActionName): boolean {
    return this.#traces === 0 || this.#indexes.has(showName(name));
  }

  /** Adds a trace, after the rules have seen it. */
  add({ trace, names }: NamedTrace): void {
    this.#traces++;
    this.#go = trace.start.go;
    for (const request of trace.requests) {
      const { action, outcome } = request;
      if (outcome !== "hit" && outcome !== "stored") continue;
      const name = names.of(action);
      if (name?.kind === "index") this.#indexes.add(showName(name));
      const before = this.#entries.get(action);
      if (outcome === "stored") this.#put(request, name, before?.isRead ?? false);
      else if (before !== undefined) before.isRead = true;
    }
  }

  #put(request: TracedRequest, name: ActionName | undefined, isRead: boolean): void {
    const { action, output, size } = request;
    const time = latencyOf(request);
    const { kind = "", package: path = "" } = name ?? {};
    this.#entries.set(action, { output, kind, package: path, size, time, trace: this.#traces, isRead });
  }

  /** The entries that a later process could have got, and that none has. */
  *unread(): Iterable<PastEntry> {
    for (const entry of this.#entries.values()) if (entry.trace < this.#traces && !entry.isRead) yield entry;
  }
}

/** All caches of a report's traces. */
export class Past {
  readonly #caches = new Map<string, PastCache>();

  /** The cache of a trace: that of all traces of the same program with the same arguments. */
  cacheOf({ program, go }: TraceStart): PastCache {
    // Without a program, it is go's own.
    const key = JSON.stringify(program.length === 0 ? [go.env?.GOCACHE] : program);
    return this.#caches.getOrInsertComputed(key, () => new PastCache());
  }

  get caches(): Iterable<PastCache> {
    return this.#caches.values();
  }
}
