import { ArgumentError } from "../errors.ts";
import { oneLine } from "../safe-text.ts";
import { catalogue } from "./catalogue.ts";
import type { Check } from "./check.ts";
import { didYouMean } from "./nearest.ts";
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

/**
 * The text of the known failures that a run has shown. An entry of the ones before keeps its reason, and stays where
 * it is flaky, or its check was not run. What was not run because something else failed needs no entry.
 *
 * @throws {ArgumentError} for a run that did not get to its end, or has checks that this machine could not run
 */
export function knownText(report: Report, before?: KnownFailures): string {
  const incomplete = report.results.find(
    ({ verdict, blocked }) => verdict === "error" || (verdict === "not run" && !blocked),
  );
  if (report.notStarted !== undefined || report.stopped !== undefined || incomplete !== undefined) {
    throw new ArgumentError("the known failures are not written: the run is incomplete");
  }
  const results = new Map(report.results.map((result) => [result.check.id, result]));
  const lines = catalogueOf(report).flatMap(({ id }) => {
    const result = results.get(id);
    const entry = before?.get(id);
    const failed = result === undefined || result.blocked ? entry !== undefined : isFailure(result);
    if (!failed && !(entry?.flaky && result?.verdict === "passed")) return [];
    const reason = entry?.reason || oneLine(result?.actual ?? "").slice(0, 120);
    const name = entry?.flaky ? `~${id}` : id;
    return reason ? `${name.padEnd(32)} # ${reason}\n` : `${name}\n`;
  });
  return `# Known failures of ${oneLine(report.name)}\n${lines.join("")}`;
}

/** All checks of the catalogue and of a run, each once. */
function catalogueOf({ results }: Report): readonly Check[] {
  return [...new Set([...catalogue, ...results.map(({ check }) => check)])];
}
