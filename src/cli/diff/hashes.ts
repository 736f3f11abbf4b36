import { compareHashes, isSameHashes } from "../../trace/diff/hashes.ts";
import { jsonHashes, textHashes } from "../../trace/diff/hashes-report.ts";
import { type HashLog, parseHashLog } from "../../trace/names/go/hash-log.ts";
import { exit } from "../exit.ts";
import { Failure, systemReason } from "../failure.ts";
import { givenPath } from "../files/given-path.ts";
import { print, printJSON } from "../terminal/output.ts";

/**
 * Compares what two runs of go logged of their hashes, and prints what differs.
 *
 * @param before, after paths
 * @returns the exit code
 * @throws (rejects) {Failure} a file can't be read, or isn't such a log
 */
export async function diffHashes(
  before: string,
  after: string,
  { json }: { readonly json: boolean },
): Promise<number> {
  const found = compareHashes(await load(before, "BEFORE"), await load(after, "AFTER"));
  if (json) await printJSON(jsonHashes(found));
  else await print(textHashes(found));
  return isSameHashes(found) ? exit.ok : exit.miss;
}

async function load(path: string, what: string): Promise<HashLog> {
  const log = parseHashLog(await read(givenPath(path, what)));
  if (log.ids.size > 0) return log;
  throw new Failure(
    `${path} has no hash of go; expected what go writes on stderr with GODEBUG=gocachehash=1 in its environment`,
  );
}

async function read(path: string): Promise<string> {
  try {
    return await Bun.file(path).text();
  } catch (error) {
    throw new Failure(`${path} can't be read: ${systemReason(error)}`);
  }
}
