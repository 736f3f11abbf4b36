import { stepDefinition } from "../../step/definition.ts";
import { type StepGraph, stepGraph } from "../../step/graph/graph.ts";
import { PackageSteps } from "../../step/graph/package-steps.ts";
import type { OpenCache } from "../../step/lazy-cache.ts";
import { directoryInRoot, findPackage, findRoot, stepID } from "../../step/project.ts";
import type { Command, Input } from "../command.ts";
import { exit } from "../exit.ts";
import { NotStarted, UsageError } from "../failure.ts";
import { namedProgram, programOptions } from "../process/launch.ts";
import { Runs } from "../run/runs.ts";

/** Options of a step on the command line. With NAME, package.json has them. */
const stepOptions = ["name", "input", "output", "env", "version", "any-platform"] as const;

export const run: Command = {
  name: "run",
  summary: "Run commands, unless their results are in the cache.",
  synopsis: "[options] (NAME... | -i PATTERN [-o PATTERN] -- COMMAND)",
  options: {
    input: {
      value: "PATTERN",
      short: "i",
      help: "a file, folder or pattern that the command reads; can be repeated",
    },
    output: {
      value: "PATTERN",
      short: "o",
      help: "a file, folder or pattern that the command writes; can be repeated",
    },
    env: {
      value: "NAME",
      short: "e",
      help: "an environment variable that the result depends on; can be repeated",
    },
    name: { value: "NAME", short: "n", help: "what to call the step (default: the name of the command)" },
    version: { value: "TEXT", help: "any text that is part of the key; change it to run the command again" },
    "any-platform": { help: "use results of other operating systems and processors, too" },
    force: { short: "f", help: "run the commands even if their results are stored" },
    "dry-run": { help: "say what would run and why, and run nothing" },
    watch: { short: "w", help: "run again what a change requires, until Ctrl-C" },
    isolate: { help: "run each command in a copy of the project that has only its declared inputs" },
    explain: { help: "of a miss, list everything that changed since the last run here" },
    "quiet-hits": { help: "of a hit, print one line, and not what the command printed" },
    summary: { help: "end with one line: hits, runs, time saved" },
    json: { help: "print one line of JSON about all steps; commands print to stderr" },
    jobs: { value: "N", short: "j", help: "run at most N steps at once (default: the number of processors)" },
    "keep-going": { short: "k", help: "after a failure, run the steps that don't depend on the failed one" },
    "require-cache": { help: "fail if the cache fails, instead of going on without it" },
    ...programOptions,
  },
  examples: [
    "cacheprogw run -i src -o dist -- bun build ./src/index.ts --outdir dist",
    "cacheprogw run build test",
    "cacheprogw run build --dry-run --explain",
  ],
  details: `
NAME is a step of the nearest package.json, under "cacheprogw": {"steps": {"build": {"command": "tsc", "inputs": ["src"],
"outputs": ["dist"]}}}; ../lib:build and lib:build are steps of other packages. Steps that it depends on run first.

A result depends on the command, the directory it runs in, the inputs, the variables of --env, the version and the platform;
on nothing else. On a hit, the outputs are restored: files are added, replaced and removed, and what the command printed
is printed again. On a miss, the command runs, and its result is stored if it succeeds and its inputs didn't change.

PATTERN is a path or a pattern such as 'src/**/*.ts'; a folder stands for everything in it, and !PATTERN excludes. Outputs are in
the current directory. A pattern doesn't match .env files, .git and node_modules, unless it names them.

The cache is the program in the environment variable GOCACHEPROG or, if that isn't set, the built-in one, cacheprogw serve.
If it fails, the commands run without it.
`,
  exitCodes: [
    [exit.ok, "every step succeeded, or was a hit"],
    [exit.usage, "usage error; nothing was run"],
    [exit.failed, "inputs can't be read, or the cache failed with --require-cache"],
    [exit.internal, "internal error (a bug in cacheprogw)"],
  ],
  operands: Number.POSITIVE_INFINITY,
  async run(input) {
    const { options, program, operands, signal } = input;
    if (program !== undefined && operands.length > 0)
      throw new UsageError(
        `both a step of package.json (${operands[0]}) and a command after --; expected one of them`,
      );
    if (program === undefined) refuseStepOptions(options);
    const root = findRoot(process.cwd());
    const run = new Runs(
      () => (program === undefined ? graphOfNames(operands, root) : graphOf(input, program, root)),
      {
        root,
        openCache: cacheOpener(input),
        jobs: jobsOf(options.get("jobs")),
        keepGoing: options.has("keep-going"),
        force: options.has("force"),
        dryRun: options.has("dry-run"),
        isolate: options.has("isolate"),
        explain: options.has("explain"),
        requireCache: options.has("require-cache"),
        quietHits: options.has("quiet-hits"),
        json: options.has("json"),
        isRepeat: false,
        signal,
      },
      options.has("summary"),
    );
    return options.has("watch") ? run.untilInterrupted() : run.once();
  },
};

/** Opens the cache when it's first needed. A program that can't be started is a cache that fails, not a mistake. */
function cacheOpener(input: Input): () => Promise<OpenCache> {
  try {
    const launch = namedProgram({ ...input, program: undefined });
    // Neither is loaded for a hit that this machine remembers.
    if (launch === undefined)
      return async () => new (await import("../run/built-in-cache.ts")).BuiltInCache();
    return async () => (await import("../process/program.ts")).openProgram(launch, input.signal);
  } catch (error) {
    if (!(error instanceof NotStarted)) throw error;
    return () => Promise.reject(error.cause ?? error);
  }
}

function graphOfNames(names: readonly string[], root: string): StepGraph {
  const directory = findPackage(process.cwd()) ?? root;
  const steps = new PackageSteps(root);
  if (names.length > 0) return stepGraph(steps.load(names, directory));
  const known = steps.names(directory);
  const choices = known.length === 0 ? "" : `; the package.json has: ${known.join(", ")}`;
  throw new UsageError(`no step and no command; expected NAME, or -- COMMAND with --input${choices}`);
}

function refuseStepOptions(options: Input["options"]): void {
  const given = stepOptions.find((name) => options.has(name));
  if (given !== undefined)
    throw new UsageError(`option --${given} is for a command after --; a step of package.json has its own`);
}

function graphOf({ options, values }: Input, program: readonly string[], root: string): StepGraph {
  const [command = ""] = program;
  if (command === "") throw new UsageError("no command after --; expected: -- COMMAND [ARG...]");
  if (!options.has("input"))
    throw new UsageError(
      "no --input; expected what the command reads, such as --input src, or --input package.json",
    );
  const directory = process.cwd();
  const definition = stepDefinition(
    {
      name: options.get("name") ?? nameOf(command),
      command: program,
      inputs: values.get("input") ?? [],
      outputs: values.get("output") ?? [],
      env: values.get("env") ?? [],
      version: options.get("version"),
      platform: options.has("any-platform") ? "any" : "this",
    },
    { directory, where: "the command line" },
  );
  const id = stepID(directoryInRoot(directory, root), definition.name);
  return stepGraph([{ id, definition, dependencies: [] }]);
}

/** The last part of a command's path, as far as it can be the name of a step. */
function nameOf(command: string): string {
  const [name = ""] = command.match(/[^/\\]*$/) ?? [];
  return name.replaceAll(/[\s:\p{Cc}]/gu, "-").replace(/^[.-]+/, "") || "command";
}

function jobsOf(text: string | undefined): number {
  if (text === undefined) return navigator.hardwareConcurrency;
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new UsageError(`option --jobs is ${JSON.stringify(text)}; expected a whole number above 0`);
}
