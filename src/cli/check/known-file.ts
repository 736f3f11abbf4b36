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

/** How often everything is run for --write-known. */
const runs = 3;

/** The files of known failures that a run has to do with. */
export interface KnownFiles {
  readonly known: KnownFailures | undefined;
  /** Where they are to be written to, and what is there now. */
  readonly write: { readonly file: string; readonly before: KnownFailures | undefined } | undefined;
}

/**
 * Reads the file of --known, and the one of --write-known if it is there.
 *
 * @throws (rejects) {UsageError} for a file that can not be read, has a line that is no entry, or in --known a check that
 *   is not there, and for --write-known with what leaves checks out
 */
export async function knownFiles({ options, operands }: Input): Promise<KnownFiles> {
  const [file, target] = [options.get("known"), options.get("write-known")];
  const known = file === undefined ? undefined : await readKnown(file);
  // One that is written anew loses what is wrong in it.
  if (file !== undefined && file !== target) requireKnown(known);
  if (target === undefined) return { known, write: undefined };
  const partial = operands.length > 0 ? "ids" : ["skip", "fail-fast"].find((name) => options.has(name));
  if (partial !== undefined) {
    const what = partial === "ids" ? "ids of checks" : `--${partial}`;
    throw new UsageError(`--write-known takes a whole run; it was given ${what} as well`);
  }
  await checkTarget(target);
  const before = known ?? ((await Bun.file(target).exists()) ? await readKnown(target) : undefined);
  return { known, write: { file: target, before } };
}

/**
 * Writes the known failures, if that was asked for and the run got to its end; otherwise it is said why not.
 *
 * @param again runs everything once more: what fails now and then is seen by its differences
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
    knownText(reports, write.before); // a run that is incomplete is not done again
    for (let number = 2; number <= runs; number++) {
      tell(`run ${number} of ${runs}, to see what fails now and then`);
      reports.push(await again());
    }
    text = knownText(reports, write.before);
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error;
    return tell(`${write.file} is left as it was: ${error.message}`);
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
