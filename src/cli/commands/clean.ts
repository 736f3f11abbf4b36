import { sizeText } from "../../quantities.ts";
import { absolutePath, isStore } from "../../server/store/store-directory.ts";
import type { Amount } from "../../server/store/trim/inventory.ts";
import type { Limits } from "../../server/store/trim/limits.ts";
import { type ScanOptions, scan } from "../../server/store/trim/scan.ts";
import { cutoffOf, type TrimResult, type TrimTarget, trim } from "../../server/store/trim/trimmer.ts";
import { reason } from "../../trouble.ts";
import { limitHelp, limitOptions, parseLimits } from "../arguments/limits.ts";
import type { Command, Input } from "../command.ts";
import { exit } from "../exit.ts";
import { Failure, UsageError } from "../failure.ts";
import { chooseStore, storeOption } from "../files/store-directory.ts";
import { startable } from "../process/ourselves.ts";
import { print, printJSON, tell } from "../terminal/output.ts";
import { amountText } from "../terminal/quantities.ts";
import { withProgress } from "../terminal/scan-progress.ts";

export const clean: Command = {
  name: "clean",
  summary: "Remove from a store what wasn't used lately.",
  synopsis: "[options]",
  options: {
    ...storeOption,
    ...limitOptions,
    all: { help: "remove everything, even what was used a moment ago; go commands that run now may fail" },
    "dry-run": { short: "n", help: "only say what would be removed" },
    json: {
      help: "print one line of JSON: directory, dryRun, and entries, bodies and diskBytes of removed and kept",
    },
  },
  examples: [
    "cacheprogw clean --max-size 5GiB",
    "cacheprogw clean --dir /var/cache/go --max-age 2w --dry-run",
  ],
  details: `${limitHelp}
serve does the same in the background, at most once a day, or once an hour while the store is above SIZE. Go commands can
use the store meanwhile. Files that aren't the store's own stay.`,
  operands: 0,
  async run(input) {
    const { options, program, signal } = input;
    if (program !== undefined)
      throw new UsageError(
        "clean works on the files of a store and starts no program; remove -- and what follows it",
      );
    const target = chooseTarget(input);
    const directory = absolutePath(chooseStore(options));
    const threadFile = startable("server/store/trim/count-thread");
    const dryRun = options.has("dry-run");
    const work = dryRun ? plan : trimNow;
    const result = isStore(directory)
      ? await withProgress("cleaning", (onProgress) =>
          work(directory, target, { signal, onProgress, threadFile }),
        )
      : nothing;
    const { removed, kept, problem } = result;
    if (options.has("json")) await printJSON({ directory, dryRun, removed, kept });
    else {
      const verbs = dryRun ? ["would remove", "keep"] : ["removed", "kept"];
      await print(`${verbs[0]} ${amountText(removed)}; ${verbs[1]} ${amountText(kept)}\n`);
      if (target !== "all") tellExcess(kept, target);
    }
    if (problem === undefined) return exit.ok;
    tell(`${directory} can't be cleaned completely: ${reason(problem)}`);
    return exit.failed;
  },
};

const none: Amount = { entries: 0, bodies: 0, diskBytes: 0 };
const nothing: TrimResult = { removed: none, kept: none, problem: undefined };

function chooseTarget({ options }: Input): TrimTarget {
  const limits = parseLimits(options);
  if (!options.has("all")) return limits;
  const limit = ["max-size", "max-age"].find((name) => options.has(name));
  if (limit !== undefined)
    throw new UsageError(`--all and --${limit} contradict each other; expected one of them`);
  return "all";
}

async function plan(directory: string, target: TrimTarget, options: ScanOptions): Promise<TrimResult> {
  const { inventory, problem } = await scan(directory, options);
  const cutoff = cutoffOf(inventory, target);
  const [removed, kept] = [inventory.between(0, cutoff), inventory.between(cutoff, Number.POSITIVE_INFINITY)];
  return { removed, kept, problem };
}

async function trimNow(directory: string, target: TrimTarget, options: ScanOptions): Promise<TrimResult> {
  const result = await trim(directory, target, options);
  if (result === undefined)
    throw new Failure(`${directory} is being cleaned by another process; wait until trim.lock in it is gone`);
  return result;
}

function tellExcess(kept: Amount, { maxSize }: Limits): void {
  if (kept.diskBytes <= maxSize) return;
  tell(
    `${sizeText(kept.diskBytes)} is above the limit of ${sizeText(maxSize)}: it was used in the last 24 hours`,
  );
}
