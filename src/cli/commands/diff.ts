import { diffTraces } from "../../trace/diff/diff.ts";
import { jsonDiff } from "../../trace/diff/json.ts";
import { textDiff } from "../../trace/diff/text.ts";
import { type DiffTrace, nothingDiffers } from "../../trace/diff/trace-diff.ts";
import { findTraces } from "../../trace/trace-files.ts";
import type { Command } from "../command.ts";
import { diffHashes } from "../diff/hashes.ts";
import { exit } from "../exit.ts";
import { UsageError } from "../failure.ts";
import { givenPath } from "../files/given-path.ts";
import { print, printJSON } from "../terminal/output.ts";
import { loadNamed } from "../trace/load-named.ts";

export const diff: Command = {
  name: "diff",
  summary: "Show why a second build hit less, or differed from the first one.",
  synopsis: "[options] BEFORE AFTER",
  options: {
    hashes: { help: "BEFORE and AFTER are what go logged of its hashes" },
    json: { help: "print one line of JSON; src/trace/README.md describes it" },
  },
  examples: ["cacheprogw diff before.jsonl after.jsonl", "cacheprogw diff --json yesterday/ today/"],
  details: `
BEFORE and AFTER are trace files, or directories of them: all traces of one build. The order of the requests doesn't
matter. Entries are joined by package and kind, since a change of code changes the action id.

Why something changed comes first: the packages whose own files, flags or environment changed, and how many depend on them.
That needs go's action graphs, which are in the traces that cacheprogw recorded.

A miss that became a hit isn't a difference.

With --hashes, diff shows which lines of which hashes changed, such as the file of a package. go logs its hashes on stderr:
GODEBUG=gocachehash=1 GOMAXPROCS=1 go build ./... 2>before.log. GODEBUG is in the keys of tests, so they run again.
`,
  exitCodes: [
    [exit.ok, "nothing differs"],
    [exit.miss, "something differs"],
    [exit.usage, "usage error"],
    [exit.failed, "a trace or a log couldn't be read"],
    [exit.internal, "internal error (a bug in cacheprogw)"],
  ],
  operands: 2,
  async run({ options, operands, program }) {
    if (program !== undefined)
      throw new UsageError("diff reads traces and starts no program; remove -- and what follows it");
    const [before, after] = operands;
    if (before === undefined || after === undefined)
      throw new UsageError("diff takes two traces, or two directories of traces: BEFORE and AFTER");
    if (options.has("hashes")) return diffHashes(before, after, { json: options.has("json") });
    const found = diffTraces(await load(before, "BEFORE"), await load(after, "AFTER"));
    if (options.has("json")) await printJSON(jsonDiff(found));
    else await print(textDiff(found));
    return nothingDiffers(found) ? exit.ok : exit.miss;
  },
};

async function load(path: string, what: string): Promise<readonly DiffTrace[]> {
  const traces: DiffTrace[] = [];
  for (const file of await findTraces([givenPath(path, what)])) traces.push(await loadNamed(file));
  return traces;
}
