import type { DiffTrace } from "./trace-diff.ts";

/**
 * Which packages have other files: with other modification times or sizes, or newer than two seconds. An index of a directory
 * says so: its id follows from them, and go asks for none if a file is that new. Source: cmd/go/internal/modindex, read.go
 */
export class Touched {
  readonly #before: ReadonlyMap<string, ReadonlySet<string>>;
  readonly #after: ReadonlyMap<string, ReadonlySet<string>>;
  /** Whether any directory of the main module is the same. A fresh checkout touches every file, which says nothing. */
  readonly #isTelling: boolean;

  constructor(before: readonly DiffTrace[], after: readonly DiffTrace[]) {
    [this.#before, this.#after] = [indexesOf(before), indexesOf(after)];
    this.#isTelling = [...this.#before.keys()].some((path) => this.#isSame(path));
  }

  /** Undefined: it can't be told. @param path of a package that both builds have */
  of(path: string): boolean | undefined {
    if (!this.#before.has(path)) return undefined;
    if (this.#isSame(path)) return false;
    return this.#isTelling ? true : undefined;
  }

  #isSame(path: string): boolean {
    return !(this.#before.get(path)?.isDisjointFrom(this.#after.get(path) ?? new Set<string>()) ?? true);
  }
}

/** The ids of the indexes of each package of the main module. */
function indexesOf(traces: readonly DiffTrace[]): ReadonlyMap<string, ReadonlySet<string>> {
  const indexes = new Map<string, Set<string>>();
  for (const { trace, names } of traces)
    for (const { action } of trace.requests) {
      const name = names.of(action);
      if (name?.kind !== "index" || names.originOf(name.package) !== "main") continue;
      indexes.getOrInsertComputed(name.package, () => new Set<string>()).add(action);
    }
  return indexes;
}
