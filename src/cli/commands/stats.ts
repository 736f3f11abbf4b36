import { columns, countText, sizeText } from "../../quantities.ts";
import { legible } from "../../safe-text.ts";
import { absolutePath, isStore } from "../../server/store/store-directory.ts";
import { Inventory } from "../../server/store/trim/inventory.ts";
import { type Limits, secondsNow } from "../../server/store/trim/limits.ts";
import { type Scan, scan } from "../../server/store/trim/scan.ts";
import { reason } from "../../trouble.ts";
import { limitHelp, limitOptions, parseLimits } from "../arguments/limits.ts";
import type { Command } from "../command.ts";
import { exit } from "../exit.ts";
import { UsageError } from "../failure.ts";
import { chooseStore, storeOption } from "../files/store-directory.ts";
import { startable } from "../process/ourselves.ts";
import { print, printJSON, tell } from "../terminal/output.ts";
import { ageText, amountText } from "../terminal/quantities.ts";
import { withProgress } from "../terminal/scan-progress.ts";

export const stats: Command = {
  name: "stats",
  summary: "Show how much is in a store and when it was used.",
  synopsis: "[options]",
  options: {
    ...storeOption,
    ...limitOptions,
    json: {
      help: "print one line of JSON: directory, entries, bodies, bytes, diskBytes, oldestUse, newestUse, ages, unused and wouldRemove",
    },
  },
  examples: ["cacheprogw stats", "cacheprogw stats --dir /var/cache/go --json"],
  details: `
Shows what clean would remove with the same options. A body that no entry needs is unused. A use is recorded at most once
an hour.
${limitHelp}`,
  operands: 0,
  async run({ options, program, signal }) {
    if (program !== undefined)
      throw new UsageError(
        "stats works on the files of a store and starts no program; remove -- and what follows it",
      );
    const limits = parseLimits(options);
    const directory = absolutePath(chooseStore(options));
    const threadFile = startable("server/store/trim/count-thread");
    const { inventory, problem }: Scan = isStore(directory)
      ? await withProgress("counting", (onProgress) => scan(directory, { signal, onProgress, threadFile }))
      : { inventory: new Inventory(secondsNow()), problem: undefined };
    if (options.has("json")) await printJSON({ directory, ...described(inventory, limits) });
    else await print(legible(text(directory, inventory, limits)));
    if (problem === undefined) return exit.ok;
    tell(`${directory} can't be counted completely: ${reason(problem)}`);
    return exit.failed;
  },
};

const [hour, day] = [3600, 24 * 3600];

/** The classes of ages: the use was longer ago than `from` seconds, and at most `to`. */
const ages = [
  { name: "in the last hour", from: Number.NEGATIVE_INFINITY, to: hour },
  { name: "in the last day", from: hour, to: day },
  { name: "in the last 7 days", from: day, to: 7 * day },
  { name: "in the last 30 days", from: 7 * day, to: 30 * day },
  { name: "earlier", from: 30 * day, to: Number.POSITIVE_INFINITY },
] as const;

function byAge(inventory: Inventory) {
  const { now } = inventory;
  return ages.map(({ name, from, to }) => ({
    name,
    from,
    to,
    ...inventory.between(Math.max(1, now - to), now - from),
  }));
}

function described(inventory: Inventory, limits: Limits): object {
  const { entries, bodies, diskBytes } = inventory.total;
  const classes = byAge(inventory).map(({ name: _, from, to, ...amount }) => ({
    usedBefore: Math.max(0, from),
    usedWithin: Number.isFinite(to) ? to : null,
    ...amount,
  }));
  return {
    entries,
    bodies,
    bytes: inventory.apparentBytes,
    diskBytes,
    oldestUse: instant(inventory.uses?.oldest),
    newestUse: instant(inventory.uses?.newest),
    ages: classes,
    unused: inventory.between(0, 1),
    wouldRemove: inventory.between(0, inventory.cutoff(limits)),
  };
}

function instant(seconds: number | undefined): string | null {
  return seconds === undefined ? null : Temporal.Instant.fromEpochMilliseconds(seconds * 1000).toString();
}

function text(directory: string, inventory: Inventory, limits: Limits): string {
  const { entries, bodies, diskBytes } = inventory.total;
  const { now, uses, apparentBytes } = inventory;
  const unused = inventory.between(0, 1);
  const rows = [
    ["directory", directory],
    ["entries", countText(entries)],
    ["bodies", countText(bodies)],
    ["on disk", `${sizeText(diskBytes)}, for ${sizeText(apparentBytes)} of content`],
    ["last use", uses === undefined ? "never" : `${ageText(now - uses.newest)} ago`],
    ["oldest use", uses === undefined ? "never" : `${ageText(now - uses.oldest)} ago`],
  ] as const;
  const table = [
    ["used", "entries", "bodies", "on disk"],
    ...[...byAge(inventory), { name: "unused", ...unused }].map((each) => [
      each.name,
      countText(each.entries),
      countText(each.bodies),
      sizeText(each.diskBytes),
    ]),
  ];
  const removed = amountText(inventory.between(0, inventory.cutoff(limits)));
  const head = rows.map(([name, value]) => `${name.padEnd(12)}${value}\n`).join("");
  return `${head}\n${columns(table)}\nclean would remove ${removed}\n`;
}
