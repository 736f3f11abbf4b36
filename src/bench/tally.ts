import { Latencies } from "./statistics/latencies.ts";
import type { Figure } from "./workloads/figure.ts";
import type { Measurement } from "./workloads/measurement.ts";

/** Why there is no figure. */
export interface Problem {
  /** `excluded` where the program does not declare what it would take. */
  readonly kind: "failed" | "excluded";
  readonly text: string;
}

/** What came of a figure. */
export interface Tallied {
  /** One for each round, in order: as long as there was one, there is one of each program. */
  readonly runs: Measurement[];
  /** Of all runs. */
  readonly latencies: Latencies;
  problem: Problem | undefined;
}

/** What came of one program. A figure that failed once is not tried again. */
export class Tally {
  readonly #figures: ReadonlyMap<Figure, Tallied>;

  constructor(figures: readonly Figure[]) {
    const empty = (): Tallied => ({ runs: [], latencies: new Latencies(), problem: undefined });
    this.#figures = new Map(figures.map((figure) => [figure, empty()]));
  }

  get figures(): readonly Figure[] {
    return [...this.#figures.keys()];
  }

  of(figure: Figure): Tallied {
    const tallied = this.#figures.get(figure);
    if (tallied === undefined) throw new Error(`${figure.id} is not measured: a mistake in bench`);
    return tallied;
  }

  isOpen(figure: Figure): boolean {
    return this.of(figure).problem === undefined;
  }

  hasFailed(figure: Figure): boolean {
    return this.of(figure).problem?.kind === "failed";
  }

  add(figure: Figure, measurement: Measurement): void {
    const { runs, latencies } = this.of(figure);
    runs.push(measurement);
    latencies.merge(measurement.latencies);
  }

  /** The first failure is what is told. */
  fail(figure: Figure, text: string): void {
    this.of(figure).problem ??= { kind: "failed", text };
  }

  exclude(figure: Figure, text: string): void {
    this.of(figure).problem ??= { kind: "excluded", text };
  }
}
