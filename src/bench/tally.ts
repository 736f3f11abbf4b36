import { Latencies } from "../trace/latencies.ts";
import type { Figure } from "./workloads/figure.ts";
import type { Measurement } from "./workloads/measurement.ts";

/** Why a figure couldn't be measured. */
export interface Problem {
  /** `excluded` if the program doesn't declare the commands that the figure needs. */
  readonly kind: "failed" | "excluded";
  readonly text: string;
}

/** The measurements of one figure. */
export interface Tallied {
  /** In order. The same index is the same round for all programs: a figure that failed gets no further runs. */
  readonly runs: Measurement[];
  /** Over all runs. */
  readonly latencies: Latencies;
  problem: Problem | undefined;
}

/** Collects the measurements of one program. A figure that failed once isn't tried again. */
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
    if (tallied === undefined) throw new Error(`bug in bench: ${figure.id} isn't measured`);
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

  /** Records a failure; the first one counts. */
  fail(figure: Figure, text: string): void {
    this.of(figure).problem ??= { kind: "failed", text };
  }

  exclude(figure: Figure, text: string): void {
    this.of(figure).problem ??= { kind: "excluded", text };
  }
}
