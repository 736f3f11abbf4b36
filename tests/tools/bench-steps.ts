import { mkdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TempDirectory } from "../server/temp-directory.ts";
import { installed } from "./bench-peers/installed.ts";
import { machineLine } from "./bench-peers/machine.ts";
import { counted } from "./bench-peers/quantity.ts";
import { median, ratio } from "./bench-peers/spread.ts";
import { head, row } from "./bench-peers/table.ts";
import type { Contender } from "./bench-steps/contender.ts";
import { ours } from "./bench-steps/ours.ts";
import { installRivals } from "./bench-steps/rivals.ts";
import { type Times, type Work, works } from "./bench-steps/works.ts";
import { integer, type Line, Mistake, runTool } from "./command-line.ts";

const usage = `usage: bun run bench:steps [--rounds N] [--only TEXT] [--alone]

Measures what a hit, a miss and a graph of steps cost, beside wireit and turbo, in turns. Each has a monorepo of its own, with
the same sources and commands, and its local cache. wireit is started as npm starts it, without npm; turbo by its own program,
without its daemon. Prints Markdown on stdout, and its progress on stderr. Needs an idle machine and 2 GB in the temporary
directory; wireit and turbo need node, git and a network.

  --rounds N number of rounds (default: 9)
  --only T   only works whose names contain T
  --alone    without wireit and turbo
`;

const options = {
  rounds: { type: "string", default: "9" },
  only: { type: "string", default: "" },
  alone: { type: "boolean", default: false },
} as const;

async function main({ values }: Line<typeof options>): Promise<void> {
  const rounds = integer("--rounds", values.rounds ?? "", 1);
  const wanted = works.filter(({ name }) => name.includes(values.only ?? ""));
  if (wanted.length === 0) {
    const names = works.map(({ name }) => `\n  ${name}`).join("");
    throw new Mistake(`no work matches --only ${values.only}; expected part of one of:${names}`);
  }
  const tell = (line: string) => void process.stderr.write(`${line}\n`);
  using directory = new TempDirectory();
  const { command } = await installed();
  const contenders: Contender[] = [ours(command[0] ?? "")];
  const rivals = values.alone ? "they weren't asked for" : installRivals(folderIn(directory.path, "rivals"));
  if (typeof rivals === "string") tell(`without wireit and turbo: ${rivals}`);
  else contenders.push(...rivals);
  console.log(`${machineLine(`in ${tmpdir()}`)}; ${counted(rounds, "round")}\n`);
  console.log(head(["work", "time", "target", "reached", "beside"]));
  for (const work of wanted) {
    tell(work.name);
    const folder = folderIn(directory.path, "work");
    const dist = join(import.meta.dir, "../../dist");
    console.log(line(work, await work.measure({ folder, rounds, contenders, dist })));
    rmSync(folder, { recursive: true });
  }
}

function folderIn(directory: string, name: string): string {
  const folder = join(directory, name);
  mkdirSync(folder);
  return folder;
}

/** A line of the table: medians, and the quartiles of the ratios to this project's times. */
function line({ name, target, isReached }: Work, times: Times): string {
  const of = (wanted: string) =>
    median([...times].find(([contender]) => contender.startsWith(wanted))?.[1] ?? []);
  const [[, own] = ["", []], ...others] = [...times];
  const beside = others.map(
    ([other, taken]) => `${other}: ${ms(median(taken))}, ${ratio(taken, own)} of ours`,
  );
  return row([name, ms(median(own)), target, isReached(of) ? "yes" : "no", beside.join("; ")]);
}

function ms(time: number): string {
  return `${time < 100 ? time.toFixed(1) : Math.round(time)} ms`;
}

await runTool({ name: "bench:steps", usage, options }, async (given) => {
  await main(given);
  return 0;
});
