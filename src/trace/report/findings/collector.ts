import type { NamedTrace } from "../named.ts";
import type { Case, Example, Finding, Level, Rule, Tally } from "./finding.ts";
import { Past, putActions } from "./past.ts";
import { rules } from "./rules.ts";

/** How many requests a finding names. */
const mostExamples = 20;

/** How many different details are told apart: each error may have a text of its own. */
const mostDetails = 1000;

const levels: readonly Level[] = ["wrong", "slow", "note"];

/** Looks for findings in traces, one after another. */
export class FindingCollector {
  readonly #past = new Past();
  readonly #tallies = rules.map((rule) => new RuleTally(rule));
  #traces = 0;

  /** Adds a trace. Add them by the time of their start. */
  add(named: NamedTrace): void {
    const actions = putActions(named.trace.requests);
    const cache = this.#past.cacheOf(named.trace.start);
    for (const tally of this.#tallies) tally.add(this.#traces, tally.rule.find(named, actions, cache));
    cache.add(named);
    this.#traces++;
  }

  /** The worst first. */
  get findings(): readonly Finding[] {
    const found = this.#tallies.flatMap((tally) => tally.finding(this.#past, this.#traces) ?? []);
    return levels.flatMap((level) => found.filter((finding) => finding.level === level));
  }
}

/** The cases of one rule, counted. */
class RuleTally {
  readonly rule: Rule;
  #count = 0;
  #time = 0;
  #bytes = 0;
  readonly #packages = new Map<string, number>();
  readonly #details = new Map<string, number>();
  #examples: (Example & { readonly time: number })[] = [];

  constructor(rule: Rule) {
    this.rule = rule;
  }

  add(process: number, cases: Iterable<Case>): void {
    for (const one of cases) {
      this.#count++;
      this.#time += one.time;
      this.#bytes += one.bytes;
      if (one.package !== "") raise(this.#packages, one.package, one.time);
      if (one.detail !== undefined && this.#details.size < mostDetails) raise(this.#details, one.detail, 1);
      if (one.request !== undefined)
        this.#examples.push({ process, number: one.request.number, time: one.time });
      if (this.#examples.length > 50 * mostExamples) this.#dropExamples();
    }
  }

  #dropExamples(): void {
    this.#examples = this.#examples.sort((a, b) => b.time - a.time).slice(0, mostExamples);
  }

  /** @returns undefined if there is nothing to report */
  finding(past: Past, traces: number): Finding | undefined {
    const { id, level, why, advice, source = "" } = this.rule;
    const whole = this.rule.end === undefined ? this : this.#ofEnd(this.rule.end(past));
    if (whole.#count === 0) return undefined;
    whole.#dropExamples();
    const tally = whole.#tally(traces);
    const { count, time, bytes, packages } = tally;
    const examples = whole.#examples.map(({ process, number }) => ({ process, number }));
    return {
      id,
      level,
      what: this.rule.what(tally),
      why,
      advice,
      source,
      count,
      time,
      bytes,
      packages,
      examples,
    };
  }

  /** What shows only at the end isn't kept: there may be more traces after a finding was asked for. */
  #ofEnd(cases: Iterable<Case>): RuleTally {
    const tally = new RuleTally(this.rule);
    tally.add(-1, cases);
    return tally;
  }

  #tally(traces: number): Tally {
    const [packages, details] = [sorted(this.#packages), sorted(this.#details)];
    return { count: this.#count, time: this.#time, bytes: this.#bytes, packages, details, traces };
  }
}

function raise(counts: Map<string, number>, key: string, by: number): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}

function sorted(counts: ReadonlyMap<string, number>): string[] {
  return [...counts].sort(([, a], [, b]) => b - a).map(([key]) => key);
}
