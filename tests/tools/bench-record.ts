import { readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { GoSandbox } from "../../fixtures/go-sandbox.ts";
import { goToolchains } from "../../fixtures/go-toolchains.ts";
import { loadTrace } from "../../src/trace/trace.ts";
import { installed } from "./bench-peers/installed.ts";
import { machineLine } from "./bench-peers/machine.ts";
import { median, ratio } from "./bench-peers/spread.ts";
import { head, row } from "./bench-peers/table.ts";
import { integer, type Line, runTool } from "./command-line.ts";

const usage = `usage: bun run bench:record [--rounds N] [--cold N] [--package P]

Measures how much longer a \`go build std\` takes with the recorder, in turns: beside serve alone, and beside go's own cache. Then
it counts the bytes of a trace. Prints Markdown. Needs go and an idle machine; the first builds take a minute each.

  --rounds N   number of rounds with everything in the cache (default: 15)
  --cold N     number of rounds with nothing in it, which take minutes each (default: 0)
  --package P  what to build (default: std)
`;

const options = {
  rounds: { type: "string", default: "15" },
  cold: { type: "string", default: "0" },
  package: { type: "string", default: "std" },
} as const;

interface Way {
  readonly name: string;
  /** The times in ms. */
  readonly times: number[];
  run(): Promise<number>;
}

async function main({ values }: Line<typeof options>): Promise<number> {
  const rounds = integer("--rounds", values.rounds ?? "", 1);
  const cold = integer("--cold", values.cold ?? "", 0);
  const { command } = await installed();
  await using builds = new Builds(command[0] ?? "", values.package ?? "std");
  console.log(`${machineLine(`go ${goToolchains()[0]?.version}`)}\n`);
  console.log(head([`go build ${values.package}`, "time", "beside", "ratio", "target"]));
  for (let round = 0; round < cold; round++) await builds.cold();
  if (cold > 0) report(builds.coldRecorded, builds.coldServe, "1.02");
  for (const way of builds.warm) await way.run();
  for (let round = 0; round < rounds; round++) for (const way of builds.warm) way.times.push(await way.run());
  const [serve, recorded, plain, own, traced] = builds.warm;
  if (!(serve && recorded && plain && own && traced)) throw new Error("five ways expected");
  report(recorded, serve, "1.05");
  report(own, plain, "1.35");
  report(traced, plain, "");
  console.log(`\nA warm trace has ${await builds.bytesPerRequest()}.`);
  return 0;
}

function report(
  { name, times }: Pick<Way, "name" | "times">,
  beside: Pick<Way, "name" | "times">,
  target: string,
): void {
  const cells = [name, `${median(times).toFixed(0)} ms`, beside.name, ratio(times, beside.times), target];
  console.log(row(cells));
}

/** Builds of std, in a sandbox. */
class Builds implements AsyncDisposable {
  readonly #sandbox = new GoSandbox(900_000);
  readonly #what: string;
  readonly #bun: readonly string[];
  readonly #store = this.#sandbox.folder("store");
  readonly #traces = this.#sandbox.folder("traces");
  readonly #caches = this.#sandbox.folder("caches");
  readonly #page = join(this.#sandbox.path, "build.html");
  readonly coldServe = { name: "serve, cold", times: [] as number[] };
  readonly coldRecorded = { name: "record -- serve, cold", times: [] as number[] };
  readonly warm: readonly Way[];

  /**
   * @param main the installed command
   * @param what the package to build
   */
  constructor(main: string, what: string) {
    this.#what = what;
    // As record starts programs, and trace starts record: without the shell of the command's first lines.
    this.#bun = [
      process.execPath,
      "--no-env-file",
      "--config=/dev/null",
      "--tsconfig-override=/dev/null",
      main,
    ];
    const way = (name: string, run: () => Promise<number>): Way => ({ name, run, times: [] });
    const trace = [...this.#bun, "trace", "-o", this.#page, "--traces", this.#traces, "--"];
    this.warm = [
      way("serve", () => this.#build(this.#serve(this.#store))),
      way("record -- serve", () => this.#build([...this.#record(), "--", ...this.#serve(this.#store)])),
      way("go", () => this.#build([])),
      way("record, over go's own cache", () => this.#build(this.#record(), this.#goCache())),
      way("trace, with the summary and the page", () => this.#build([], this.#goCache(), trace)),
    ];
  }

  /** Both ways, each with a new store. */
  async cold(): Promise<void> {
    const serve = this.#serve(this.#sandbox.folder("cold"));
    this.coldServe.times.push(await this.#build(serve));
    const other = this.#serve(this.#sandbox.folder("cold"));
    this.coldRecorded.times.push(await this.#build([...this.#record(), "--", ...other]));
  }

  async bytesPerRequest(): Promise<string> {
    rmSync(this.#traces, { recursive: true });
    await this.#build([...this.#record(), "--", ...this.#serve(this.#store)], {
      GOFLAGS: `${this.#sandbox.flags} -debug-actiongraph=${join(this.#caches, "graph.json")}`,
    });
    const [name = ""] = readdirSync(this.#traces);
    const file = join(this.#traces, name);
    const { requests, graph = "", heads } = await loadTrace(file);
    const size = statSync(file).size / requests.length;
    return `${size.toFixed(0)} bytes for each of ${requests.length} requests, with ${heads.size} heads and an action graph of ${graph.length} bytes`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sandbox[Symbol.asyncDispose]();
  }

  #serve(store: string): string[] {
    return [...this.#bun, "serve", "--dir", store];
  }

  #record(): string[] {
    return [...this.#bun, "record", "-o", `${this.#traces}/`];
  }

  #goCache(): Record<string, string> {
    return { GOCACHE: join(this.#sandbox.path, "go-build") };
  }

  /** @returns the time in ms */
  async #build(
    cacheProgram: readonly string[],
    env: Readonly<Record<string, string>> = {},
    before: readonly string[] = [],
  ): Promise<number> {
    const words = [...before, this.#sandbox.go, "build", this.#what];
    const cwd = this.#sandbox.path;
    const run = await this.#sandbox.exec(words, { cwd, cacheProgram, env });
    if (run.exitCode !== 0) throw new Error(`${words.join(" ")} failed: ${run.stderr}`);
    return run.exited;
  }
}

await runTool({ name: "bench:record", usage, options }, main);
