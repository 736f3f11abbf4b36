import type { Check } from "../../conformance/check.ts";
import { type Dialect, dialects } from "../../conformance/peer/dialect.ts";
import { type Outcome, outcomeOf } from "../../conformance/report.ts";
import { run } from "../../conformance/runner/run.ts";
import { type Selection, select } from "../../conformance/select.ts";
import { ArgumentError } from "../../errors.ts";
import { suggestion } from "../arguments/suggestion.ts";
import { knownFiles, writeKnown } from "../check/known-file.ts";
import { LiveReport } from "../check/live-report.ts";
import { reportTargets, writeReports } from "../check/report-files.ts";
import { CheckTraces } from "../check/traces.ts";
import type { Command, Input } from "../command.ts";
import { exit } from "../exit.ts";
import { UsageError } from "../failure.ts";
import { chooseProgram, type Launch, programHelp } from "../process/launch.ts";
import { ourName } from "../process/ourselves.ts";
import { Screen } from "../terminal/screen.ts";

/** How long a whole run may take, in seconds. */
const runTimeout = 600;
/** The longest time that can be asked for, in seconds: a day. */
const longest = 86_400;

export const check: Command = {
  name: "check",
  summary: "Finds out whether a cache program keeps the protocol, and what go would do where it does not.",
  synopsis: "[options] [ID...] [-- PROGRAM [ARG...]]",
  options: {
    skip: { value: "ID", help: "leave out what matches ID; may be given more than once" },
    slow: { help: "with the checks that take long" },
    strict: { help: "fail for a broken should as well" },
    as: { value: "CLIENT", help: `speak as another client: ${dialects.map(({ name }) => name).join(", ")}` },
    known: {
      value: "FILE",
      help: "failures that are known: one id a line, ~id where it comes and goes, # a reason",
    },
    "write-known": {
      value: "FILE",
      help: "write the failures to such a file, after three runs: ~ what differs",
    },
    report: {
      value: "FORMAT[=FILE]",
      help: "write json, junit, tap, github or markdown to stdout, or any of them and text to FILE; may be given more than once",
    },
    "pass-env": {
      value: "NAME",
      help: "let the program have your variable NAME, such as HOME, and not the sandbox's; may be given more than once",
    },
    keep: {
      value: "DIR",
      help: "keep in DIR, which must be empty, of each check that fails its sandbox, conversation, stderr and commands",
    },
    trace: { value: "FILE", help: "write all that is said, as JSON lines" },
    jobs: { value: "N", short: "j", help: "how many checks run at once (the number of processors)" },
    "fail-fast": { help: "end with the first check that fails" },
    "check-timeout": {
      value: "SECONDS",
      help: "how long the program may be silent in a check (5, or more where it says so)",
    },
    timeout: { value: "SECONDS", help: `how long all of them may take (${runTimeout})` },
  },
  details: `
ID is a check's id, a group such as put, or a pattern such as 'put/*'; without any, all of them run. cacheprogw checks
lists them.

  cacheprogw check -- ./my-cacheprog --dir {dir}
  cacheprogw check put 'get/*' --skip put/at-once -- bun ./server.ts

Each check starts the program anew, in a sandbox: its own HOME, TMPDIR, XDG directories, GOCACHE and working directory,
which are removed after it. What starts a program, such as npx or go run, may need yours: see --pass-env, or better name the
program itself. {dir} in an argument stands for a directory that is empty at first, and
{shared} for another one, which a program with a second tier shares between its {dir}s. Since the program does not run
here, its path, and each argument that is the path of something that is here, is made absolute.

A plain conversation comes first, as go would have it. Where that fails, only the checks are run that explain why, and
the others say which those are: they would all say the same. A check that found nothing but silence, or a full disk, is
tried again alone if this machine had no time or no room to spare.

A line of --trace has the time in microseconds, the check, the number of the program within it, the direction (to, from,
stderr or event), and a message, a body's size and SHA-256, or a text; the first of each program says how it was started.

${programHelp}
What is found goes to stderr, for people. The exit code is 0 if at least one check ran and none failed but the known
ones, 1 if one failed or an entry of the known failures is stale, 2 if what was asked for makes no sense, 3 if this machine
could not run a check or none ran, 4 for a mistake in the suite itself, and 5 if the program did not start or said no hello.
`,
  operands: Number.POSITIVE_INFINITY,
  async run(input) {
    const selection = selectionOf(input);
    const settings = settingsOf(input);
    const targets = await reportTargets(input.values.get("report") ?? []);
    const files = await knownFiles(input);
    const launch = chooseProgram(input);
    const traces = await CheckTraces.begin(input);
    const { keep, trace } = traces;

    const command = launch.isReference ? [...launch.argv, "--dir", "{dir}"] : launch.argv;
    const runOptions = {
      ...selection,
      ...settings,
      name: launch.name,
      ...(files.known === undefined ? {} : { known: files.known }),
      rerun: ({ id }: Check) => [...ourName(), "check", id, ...again(input), ...wordsOf(launch)],
    };
    using live = new LiveReport(selection.checks, settings.strict, new Screen());
    live.begin(launch.name, settings.dialect.name);
    const report = await run(command, {
      ...runOptions,
      ...(keep === undefined ? {} : { keep }),
      ...(trace === undefined ? {} : { trace }),
      onStart: (each) => live.start(each),
      onResult: (result) => live.take(result),
    });
    live.end(report);
    await writeReports(targets, report, [
      () => writeKnown(files, report, () => run(command, runOptions)),
      () => traces.end(),
    ]);
    return exitCodes[outcomeOf(report)];
  },
};

/** What the options ask of a run, but for files. */
function settingsOf(input: Input) {
  const { options, signal } = input;
  const jobs = jobsOf(options.get("jobs"));
  const checkTimeout = seconds(input, "check-timeout");
  return {
    strict: options.has("strict"),
    dialect: dialectOf(options.get("as")),
    timeout: seconds(input, "timeout") ?? runTimeout * 1_000,
    signal,
    failFast: options.has("fail-fast"),
    passEnv: namesOf(input),
    ...(jobs === undefined ? {} : { jobs }),
    ...(checkTimeout === undefined ? {} : { checkTimeout }),
  };
}

const exitCodes: Readonly<Record<Outcome, number>> = {
  passed: exit.ok,
  failed: exit.miss,
  incomplete: exit.failed,
  error: exit.internal,
  "not started": exit.notStarted,
};

/** The options that change what a single check finds. */
function again({ values }: Input): readonly string[] {
  return ["as", "check-timeout", "pass-env"].flatMap((name) =>
    (values.get(name) ?? []).flatMap((value) => [`--${name}`, value]),
  );
}

/** The names of --pass-env. */
function namesOf({ values }: Input): readonly string[] {
  const names = values.get("pass-env") ?? [];
  const wrong = names.find((name) => !/^[A-Za-z_]\w*$/.test(name));
  if (wrong === undefined) return names;
  throw new UsageError(
    `option --pass-env is ${JSON.stringify(wrong)}; expected the name of a variable, such as HOME`,
  );
}

function wordsOf({ argv, isReference }: Launch): readonly string[] {
  return isReference ? [] : ["--", ...argv];
}

function selectionOf({ operands, values, options }: Input): Selection {
  try {
    return select({ only: operands, skip: values.get("skip") ?? [], slow: options.has("slow") });
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error;
    throw new UsageError(error.message, { cause: error });
  }
}

function dialectOf(name = dialects[0].name as string): Dialect {
  const dialect = dialects.find((each) => each.name === name);
  if (dialect !== undefined) return dialect;
  const names = dialects.map((each) => each.name);
  throw new UsageError(
    `there is no client ${JSON.stringify(name)}; expected one of: ${names.join(", ")}.${suggestion(name, names)}`,
  );
}

function jobsOf(text: string | undefined): number | undefined {
  if (text === undefined || /^[1-9]\d{0,3}$/.test(text)) return text === undefined ? undefined : Number(text);
  throw new UsageError(`option --jobs is ${JSON.stringify(text)}; expected a number from 1 to 9999`);
}

/** The value of an option in seconds, in ms. */
function seconds({ options }: Input, name: string): number | undefined {
  const text = options.get(name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d*\.?\d+$/.test(text) && value > 0 && value <= longest) return value * 1_000;
  throw new UsageError(
    `option --${name} is ${JSON.stringify(text)}; expected a number of seconds above 0, such as 2.5, and at most ${longest}`,
  );
}
