import { ArgumentError } from "../errors.ts";
import { didYouMean } from "../nearest.ts";
import { oneLine } from "../safe-text.ts";
import { catalogue } from "./catalogue.ts";
import type { Check } from "./check.ts";
import { isFailure, type Report, type Result, type StaleEntry } from "./report.ts";

/** One failure that is expected. */
export interface KnownFailure {
  readonly id: string;
  /** It may come and go. */
  readonly flaky: boolean;
  /** Why, in the words of the file; "" for none. */
  readonly reason: string;
  /** Where it stands, from 1. */
  readonly line: number;
}

/**
 * The failures that a program is known to have: a text with one id a line, and after `#` the reason. `~` before an id
 * says that the check fails now and then.
 *
 *     # until the store moves to the new disk
 *     put/concurrent        # loses one in a thousand
 *     ~close/prompt
 *
 * An entry that no longer says how things are is stale, and fails the run: what was repaired stays repaired.
 */
export class KnownFailures {
  readonly #entries: ReadonlyMap<string, KnownFailure>;
  readonly #name: string;
  readonly #file: string | undefined;

  /**
   * Reads such a text.
   *
   * @param name what messages call it, such as its path
   * @param file its path, where it is a file
   * @throws {ArgumentError} for a line that is no entry, or an id that is there twice
   */
  static parse(text: string, name = "the known failures", file?: string): KnownFailures {
    const entries = new Map<string, KnownFailure>();
    for (const [index, line] of text
      .replace(/^\ufeff/, "")
      .split(/\r?\n/)
      .entries()) {
      const at = line.search(/(?:^|\s)#/);
      const entry = (at < 0 ? line : line.slice(0, at)).trim();
      if (entry === "") continue;
      const [, tilde, id] = /^(~?)\s*([^\s~]\S*)$/.exec(entry) ?? [];
      const place = `${name}, line ${index + 1}`;
      if (id === undefined) {
        throw new ArgumentError(
          `${place}: expected one id, and a reason after #; got ${JSON.stringify(entry)}`,
        );
      }
      if (entries.has(id)) throw new ArgumentError(`${place}: ${id} is there already`);
      const reason = at < 0 ? "" : line.slice(line.indexOf("#", at) + 1).trim();
      entries.set(id, { id, flaky: tilde === "~", reason, line: index + 1 });
    }
    return new KnownFailures(entries, name, file);
  }

  private constructor(entries: ReadonlyMap<string, KnownFailure>, name: string, file: string | undefined) {
    this.#entries = entries;
    this.#name = name;
    this.#file = file;
  }

  /** The entry for a check, if there is one. */
  get(id: string): KnownFailure | undefined {
    return this.#entries.get(id);
  }

  /** @throws {ArgumentError} for an entry of a check that is not there, with its line and the nearest id */
  requireKnown(checks: readonly Check[]): void {
    const ids = checks.map(({ id }) => id);
    for (const { id, line } of this.#entries.values()) {
      if (!ids.includes(id)) throw new ArgumentError(`${this.#name}, line ${line}: ${noSuchCheck(id, ids)}`);
    }
  }

  /**
   * What is wrong with each entry that is stale: the check passes, can not fail, is not there, is not applicable or was
   * skipped. A check that was not asked for, or could not be run, says nothing.
   */
  stale(results: readonly Result[], skipped: readonly Check[] = []): readonly StaleEntry[] {
    const byID = new Map(results.map((result) => [result.check.id, result]));
    const ids = new Set([...catalogue, ...skipped].map(({ id }) => id).concat(...byID.keys()));
    const complaintOf = (entry: KnownFailure) => {
      const { id } = entry;
      if (!ids.has(id)) return noSuchCheck(id, ids);
      if (skipped.some((check) => check.id === id))
        return `${id} is skipped: whether it still fails is not known`;
      const result = byID.get(id);
      return result && complaint(entry, result);
    };
    return [...this.#entries.values()].flatMap((entry) => {
      const text = complaintOf(entry);
      return text === undefined ? [] : [{ id: entry.id, text, file: this.#file, line: entry.line }];
    });
  }
}

function noSuchCheck(id: string, ids: Iterable<string>): string {
  return `there is no check ${JSON.stringify(id)}.${didYouMean(id, ids)}`;
}

function complaint({ id, flaky }: KnownFailure, { verdict, remark }: Result): string | undefined {
  if (verdict === "passed" && !flaky) return `${id} passes now`;
  if (verdict === "info") return `${id} is told and never judged: it can not fail`;
  if (verdict === "not applicable") return `${id} is not applicable: ${remark}`;
  return undefined;
}

/** How much of what was found is written as the reason, in characters. */
const longestReason = 120;

/**
 * The text of the known failures that a run has shown, or several runs: what fails in some of them and passes in others is
 * marked as one that comes and goes. An entry of the ones before keeps its reason, and stays where
 * it is flaky, or its check was not run. What was not run because something else failed needs no entry.
 *
 * @throws {ArgumentError} for a run that did not get to its end, or has checks that this machine could not run
 */
export function knownText(report: Report | readonly Report[], before?: KnownFailures): string {
  const reports = "results" in report ? [report] : report;
  const [first] = reports;
  if (first === undefined || reports.some(isIncomplete)) {
    throw new ArgumentError("the known failures are not written: the run is incomplete");
  }
  const results = Map.groupBy(
    reports.flatMap((each) => each.results),
    ({ check }) => check.id,
  );
  const lines = catalogueOf(first).flatMap(
    ({ id }) => line(results.get(id) ?? [], id, before?.get(id)) ?? [],
  );
  return `# Known failures of ${oneLine(first.name)}\n${lines.join("")}`;
}

function isIncomplete({ results, notStarted, stopped }: Report): boolean {
  if (notStarted !== undefined || stopped !== undefined) return true;
  return results.some(({ verdict, blocked }) => verdict === "error" || (verdict === "not run" && !blocked));
}

/** The line for a check, by its results in all runs; undefined for none. */
function line(results: readonly Result[], id: string, entry: KnownFailure | undefined): string | undefined {
  const failure = results.find(isFailure);
  const passes = results.some(({ verdict }) => verdict === "passed");
  const stays = entry !== undefined && (entry.flaky || !passes);
  if (failure === undefined && !stays) return undefined;
  const reason = entry?.reason || (failure === undefined ? "" : reasonOf(failure));
  const name = entry?.flaky || (failure !== undefined && passes) ? `~${id}` : id;
  return reason ? `${name.padEnd(32)} # ${reason}\n` : `${name}\n`;
}

/** What was found, without the places of this one run, which are nowhere after it. */
function reasonOf({ actual = "", sandbox }: Result): string {
  const text = sandbox === undefined ? actual : withoutPlaces(actual, sandbox);
  return oneLine(text.replace(/\/[^\s"']*\/cacheprogw-[\w-]+/g, "{elsewhere}")).slice(0, longestReason);
}

function withoutPlaces(text: string, sandbox: string): string {
  return text.replaceAll(`${sandbox}/dir`, "{dir}").replaceAll(sandbox, "{sandbox}");
}

/** All checks of the catalogue and of a run, each once. */
function catalogueOf({ results }: Report): readonly Check[] {
  return [...new Set([...catalogue, ...results.map(({ check }) => check)])];
}
