import type { TracedRequest } from "../../requests.ts";
import { latencyOf } from "../named.ts";
import type { Counts } from "../summary.ts";

/** Counts requests. */
export class Counter {
  readonly #counts = {
    gets: 0,
    hits: 0,
    misses: 0,
    puts: 0,
    stored: 0,
    errors: 0,
    lost: 0,
    hitBytes: 0,
    putBytes: 0,
    latency: 0,
  };

  add(request: TracedRequest): void {
    const counts = this.#counts;
    const { command, outcome, size } = request;
    counts.latency += latencyOf(request);
    if (outcome === "error") counts.errors++;
    if (outcome === "lost") counts.lost++;
    if (command === "get") {
      counts.gets++;
      if (outcome === "miss") counts.misses++;
      if (outcome !== "hit") return;
      counts.hits++;
      counts.hitBytes += size;
    } else if (command === "put") {
      counts.puts++;
      if (outcome === "stored") counts.stored++;
      counts.putBytes += size;
    }
  }

  get counts(): Counts {
    return { ...this.#counts };
  }
}

/** Counts requests by a name. */
export class GroupCounter {
  readonly #groups = new Map<string, Counter>();

  add(name: string, request: TracedRequest): void {
    const counter = this.#groups.getOrInsertComputed(name, () => new Counter());
    counter.add(request);
  }

  /** The one whose requests took longest comes first. */
  get groups(): { readonly name: string; readonly total: Counts }[] {
    const all = [...this.#groups].map(([name, { counts }]) => ({ name, total: counts }));
    return all.sort((a, b) => b.total.latency - a.total.latency);
  }
}
