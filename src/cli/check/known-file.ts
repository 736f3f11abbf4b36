import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { catalogue } from "../../conformance/catalogue.ts";
import { KnownFailures, knownText } from "../../conformance/known.ts";
import type { Report } from "../../conformance/report.ts";
import { ArgumentError } from "../../errors.ts";
import type { Input } from "../command.ts";
import { systemReason, UsageError } from "../failure.ts";
import { checkTarget } from "../files/file-target.ts";
import { replaceFile } from "../files/replace-file.ts";
import { tell } from "../terminal/output.ts";
import { once } from "./report-files.ts";

/** How many times --write-known runs everything. */
const runs = 3;

/** The files of known failures of a run. */
export interface KnownFiles {
  readonly known: KnownFailures | undefined;
  /** The file of --write-known, and its failures so far. */
  readonly write: { readonly file: string; readonly before: KnownFailures | undefined } | undefined;
}

/**
 * Reads the file of --known, and the one of --write-known if it exists.
 *
 * @throws (rejects) {UsageError} for a file that can't be read or has an invalid line, for an unknown check in --known,
 *   and for --write-known with an option that leaves checks out
 */
export async function knownFiles({ options, operands }: Input): Promise<KnownFiles> {
  const [file, target] = [options.get("known"), options.get("write-known")];
  const known = file === undefined ? undefined : await readKnown(file);
  // A file that is rewritten may have unknown checks: they are dropped.
  if (file !== undefined && file !== target) requireKnown(known);
  if (target === undefined) return { known, write: undefined };
  const partial = operands.length > 0 ? "ids" : ["skip", "fail-fast"].find((name) => options.has(name));
  if (partial !== undefined) {
    const what = partial === "ids" ? "the ids" : `--${partial}`;
    throw new UsageError(`--write-known needs a complete run; remove ${what}`);
  }
  await checkTarget(target);
  const before = known ?? ((await Bun.file(target).exists()) ? await readKnown(target) : undefined);
  return { known, write: { file: target, before } };
}

/**
 * Writes the known failures if --write-known was given. If the run is incomplete, leaves the file alone and says why.
 *
 * @param again runs everything again: differences between runs show what fails only now and then
 */
export async function writeKnown(
  { write }: KnownFiles,
  report: Report,
  again: () => Promise<Report>,
): Promise<void> {
  if (write === undefined) return;
  let text: string;
  try {
    const reports = [report];
    knownText(reports, write.before); // throws if the run is incomplete: then don't run again
    for (let number = 2; number <= runs; number++) {
      tell(`run ${number} of ${runs}, to find checks that fail now and then`);
      reports.push(await again());
    }
    text = knownText(reports, write.before);
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error;
    return tell(`${write.file} is unchanged: ${error.message}`);
  }
  await replaceFile(write.file, once(text));
}

function requireKnown(known: KnownFailures | undefined): void {
  try {
    known?.requireKnown(catalogue);
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error;
    throw new UsageError(error.message, { cause: error });
  }
}

async function readKnown(file: string): Promise<KnownFailures> {
  try {
    return KnownFailures.parse(await readFile(file, "utf8"), file, resolve(file));
  } catch (error) {
    if (error instanceof ArgumentError) throw new UsageError(error.message, { cause: error });
    throw new UsageError(`can't read the known failures ${file}: ${systemReason(error)}`, { cause: error });
  }
}
