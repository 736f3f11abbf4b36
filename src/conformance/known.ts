import { ArgumentError } from "../errors.ts";
import { didYouMean } from "../nearest.ts";
import { oneLine } from "../safe-text.ts";
import { catalogue } from "./catalogue.ts";
import { isFailure, type Report, type Result, type StaleEntry } from "./report.ts";
import type { Requirement } from "./requirement.ts";

/** One expected failure. */
export interface KnownFailure {
  /** The id of the check. */
  readonly id: string;
  /** The check may also pass. */
  readonly flaky: boolean;
  /** The reason given in the file; "" if none. */
  readonly reason: string;
  /** The line of the entry, from 1. */
  readonly line: number;
}

/**
 * The known failures of a program, from a text with one id per line and the reason after `#`. `~` before an id marks a
 * check that fails only sometimes.
 *
 *     # until the store moves to the new disk
 *     put/concurrent        # loses one in a thousand
 *     ~close/prompt
 *
 * An entry that is no longer true is stale and fails the run, so that a fixed check stays fixed.
 */
export class KnownFailures {
  readonly #entries: ReadonlyMap<string, KnownFailure>;
  readonly #name: string;
  readonly #file: string | undefined;

  /**
   * Parses such a text.
   *
   * @param name the name in error messages, such as a path
   * @param file the path, if the text is from a file
   * @throws {ArgumentError} for a line that is not an entry, or an id that is listed twice
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
      if (entries.has(id)) throw new ArgumentError(`${place}: ${id} is listed twice`);
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

  /** The entry of a check, if it has one. */
  get(id: string): KnownFailure | undefined {
    return this.#entries.get(id);
  }

  /** @throws {ArgumentError} for an entry whose check doesn't exist, with its line and the nearest id */
  requireKnown(checks: readonly Requirement[]): void {
    const ids = checks.map(({ id }) => id);
    for (const { id, line } of this.#entries.values()) {
      if (!ids.includes(id)) throw new ArgumentError(`${this.#name}, line ${line}: ${noSuchCheck(id, ids)}`);
    }
  }

  /**
   * What is wrong with each stale entry: the check passes, can't fail, doesn't exist, is not applicable or was skipped.
   * An entry whose check was not selected or could not run is not stale.
   */
  stale(results: readonly Result[], skipped: readonly Requirement[] = []): readonly StaleEntry[] {
    const byID = new Map(results.map((result) => [result.check.id, result]));
    const ids = new Set([...catalogue, ...skipped].map(({ id }) => id).concat(...byID.keys()));
    const complaintOf = (entry: KnownFailure) => {
      const { id } = entry;
      if (!ids.has(id)) return noSuchCheck(id, ids);
      if (skipped.some((check) => check.id === id))
        return `${id} is skipped, so it isn't known whether it still fails`;
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
  if (verdict === "info") return `${id} is an info check and never fails`;
  if (verdict === "not applicable") return `${id} is not applicable: ${remark}`;
  return undefined;
}

/** The longest reason that is written for a finding, in characters. */
const longestReason = 120;

/**
 * Writes the known failures of one run or several. A check that fails in some runs and passes in others is marked as
 * flaky. An existing entry keeps its reason; it stays if it is flaky or its check was not run. A check that was not run
 * because another failed needs no entry.
 *
 * @throws {ArgumentError} for a run that did not finish, or has checks that this machine could not run
 */
export function knownText(report: Report | readonly Report[], before?: KnownFailures): string {
  const reports = "results" in report ? [report] : report;
  const [first] = reports;
  if (first === undefined || reports.some(isIncomplete)) {
    throw new ArgumentError("known failures were not written: the run is incomplete");
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

/** The line for a check, from its results in all runs; undefined if it needs none. */
function line(results: readonly Result[], id: string, entry: KnownFailure | undefined): string | undefined {
  const failure = results.find(isFailure);
  const passes = results.some(({ verdict }) => verdict === "passed");
  const stays = entry !== undefined && (entry.flaky || !passes);
  if (failure === undefined && !stays) return undefined;
  const reason = entry?.reason || (failure === undefined ? "" : reasonOf(failure));
  const name = entry?.flaky || (failure !== undefined && passes) ? `~${id}` : id;
  return reason ? `${name.padEnd(32)} # ${reason}\n` : `${name}\n`;
}

/** The finding without the paths of this run, which don't exist after it. */
function reasonOf({ actual = "", sandbox }: Result): string {
  const text = sandbox === undefined ? actual : withoutPlaces(actual, sandbox);
  return oneLine(text.replace(/\/[^\s"']*\/cacheprogw-[\w-]+/g, "{elsewhere}")).slice(0, longestReason);
}

function withoutPlaces(text: string, sandbox: string): string {
  return text.replaceAll(`${sandbox}/dir`, "{dir}").replaceAll(sandbox, "{sandbox}");
}

/** All checks of the catalogue and of a run, without duplicates. */
function catalogueOf({ results }: Report): readonly Requirement[] {
  return [...new Set([...catalogue, ...results.map(({ check }) => check)])];
}
