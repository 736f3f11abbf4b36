import { type Dialect, dialects } from "../../conformance/peer/dialect.ts";
import { outcomeOf } from "../../conformance/report.ts";
import type { Check } from "../../conformance/requirement.ts";
import { run } from "../../conformance/runner/run.ts";
import { checkCommand } from "../../conformance/sandbox/command-words.ts";
import { type Selection, select } from "../../conformance/select.ts";
import { ArgumentError } from "../../errors.ts";
import { didYouMean } from "../../nearest.ts";
import { refusePrograms } from "../arguments/misplaced.ts";
import { Conversations } from "../check/conversations.ts";
import { exitCodes } from "../check/exit-codes.ts";
import { knownFiles, writeKnown } from "../check/known-file.ts";
import { LiveReport } from "../check/live-report.ts";
import { reportTargets, writeReports } from "../check/report-files.ts";
import { CheckTraces } from "../check/traces.ts";
import type { Command, Input } from "../command.ts";
import { exit } from "../exit.ts";
import { UsageError } from "../failure.ts";
import { chooseProgram } from "../process/choose-program.ts";
import { programHelp } from "../process/launch.ts";
import { ourName } from "../process/ourselves.ts";
import { Screen } from "../terminal/screen.ts";

/** The time limit of a whole run, in seconds. */
const runTimeout = 600;
/** The largest --timeout and --check-timeout, in seconds: a day. */
const longest = 86_400;

export const check: Command = {
  name: "check",
  summary: "Run a cache program, talk to it as the go command would, and report what breaks.",
  synopsis: "[options] [ID...] [-- PROGRAM [ARG...]]",
  options: {
    skip: { value: "ID", help: "leave out the checks that match ID; can be repeated" },
    slow: { help: "also run slow checks" },
    strict: { help: "also fail on a violated should" },
    as: {
      value: "CLIENT",
      help: `speak as one of: ${dialects.map(({ name }) => name).join(", ")} (default: ${dialects[0].name})`,
    },
    known: {
      value: "FILE",
      help: "read known failures from FILE, which don't fail the run: one id a line, ~id if it fails now and then, # and a reason",
    },
    "write-known": {
      value: "FILE",
      help: "run everything three times and write the failures to FILE, with ~ if the runs differ",
    },
    report: {
      value: "FORMAT[=FILE]",
      help: "write a report as json, junit, tap, github, markdown or html to stdout or FILE, or as text to FILE; can be repeated",
    },
    "pass-env": {
      value: "NAME",
      help: "pass your environment variable NAME, such as HOME, to the program instead of the sandbox's; can be repeated",
    },
    keep: {
      value: "DIR",
      help: "keep the sandbox, conversation, stderr and commands of each failed check in DIR, which must be empty or missing",
    },
    trace: { value: "FILE", help: "write every message to FILE, as JSON lines" },
    jobs: { value: "N", short: "j", help: "run N checks at once (default: the number of processors plus 2)" },
    "fail-fast": { help: "stop at the first failed check" },
    "check-timeout": {
      value: "SECONDS",
      help: "how long the program may be silent in a check (default: 5, or more if the check needs it)",
    },
    timeout: { value: "SECONDS", help: `time limit of the whole run (default: ${runTimeout})` },
  },
  examples: [
    "cacheprogw check -- ./my-cacheprog --dir {dir}",
    "cacheprogw check put 'get/*' --skip put/at-once -- bun ./server.ts",
    "cacheprogw check --report junit=cacheprog.xml -- ./my-cacheprog --dir {dir}",
  ],
  details: `
ID is the id of a check, a group such as put, or a pattern such as 'put/*'. Without ID, all checks run, except the slow
ones. cacheprogw checks lists them.

Each check starts the program anew, in a sandbox: its own HOME, TMPDIR, XDG directories, GOCACHE and working directory,
which are removed afterwards. In an argument, {dir} stands for a directory that is empty at first, and {shared} for one
that a program with a second tier shares between its {dir}s. The path of the program, and each argument that is an
existing path, is made absolute. If npx, go run or another launcher needs your settings, use --pass-env, or
start the program itself.

A plain conversation comes first, like that of a go command. If it fails, only the checks that explain why are run. If a
check found nothing but silence or a full disk, and this machine may have caused it, the check is tried again, alone.

Each line of --trace has the time in microseconds, the check, the number of the process in that check, the direction
(to, from, stderr or event), and a message, the size and SHA-256 of a body, or text. The first line of each process
shows how it was started.

${programHelp}
Findings go to stderr, reports to stdout or their files.
`,
  exitCodes: [
    [exit.ok, "at least one check ran, and nothing failed that isn't a known failure"],
    [exit.miss, "a check failed, or an entry of the known failures is stale"],
    [exit.usage, "usage error; nothing was run"],
    [exit.failed, "this machine couldn't run a check, or no check ran"],
    [exit.internal, "internal error (a bug in the suite)"],
    [exit.notStarted, "the program couldn't be started, or never said hello"],
  ],
  operands: Number.POSITIVE_INFINITY,
  async run(input) {
    const selection = selectionOf(input);
    const settings = settingsOf(input);
    const targets = await reportTargets(input.values.get("report") ?? []);
    const files = await knownFiles(input);
    const launch = chooseProgram(input);
    const traces = await CheckTraces.begin(input);
    const { keep } = traces;
    const conversations = targets.some(({ format }) => format === "html") ? new Conversations() : undefined;
    const trace = tracing(traces.trace, conversations);

    const command = launch.isReference ? [...launch.argv, "--dir", "{dir}"] : launch.argv;
    const runOptions = {
      ...selection,
      ...settings,
      name: launch.name,
      ...(files.known === undefined ? {} : { known: files.known }),
      rerun: ({ id }: Check) =>
        checkCommand(id, {
          cacheprogw: ourName(),
          options: again(input),
          program: launch.isReference ? undefined : launch.argv,
        }),
    };
    using live = new LiveReport(selection.checks, settings.strict, new Screen());
    live.begin(launch.name, settings.dialect.name);
    const report = await run(command, {
      ...runOptions,
      ...(keep === undefined ? {} : { keep }),
      ...(trace === undefined ? {} : { trace }),
      onStart: (each) => live.start(each),
      onResult: (result) => {
        live.take(result);
        conversations?.end(result);
      },
    });
    live.end(report);
    await writeReports(targets, conversations?.added(report) ?? report, [
      () => writeKnown(files, report, () => run(command, runOptions)),
      () => traces.end(),
    ]);
    return exitCodes[outcomeOf(report)];
  },
};

/** Passes each message to the file of --trace and to the conversations, as far as there are any. */
function tracing(
  write: CheckTraces["trace"],
  conversations: Conversations | undefined,
): CheckTraces["trace"] {
  if (conversations === undefined) return write;
  return (entry) => {
    conversations.add(entry);
    write?.(entry);
  };
}

/** The options of a run, except files. */
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

/** The options that can change the result of a single check, for the command that reruns it. */
function again({ values }: Input): readonly string[] {
  return ["as", "check-timeout", "pass-env"].flatMap((name) =>
    (values.get(name) ?? []).flatMap((value) => [`--${name}`, value]),
  );
}

/** The variables named by --pass-env. */
function namesOf({ values }: Input): readonly string[] {
  const names = values.get("pass-env") ?? [];
  const wrong = names.find((name) => !/^[A-Za-z_]\w*$/.test(name));
  if (wrong === undefined) return names;
  throw new UsageError(
    `option --pass-env is ${JSON.stringify(wrong)}; expected the name of an environment variable, such as HOME`,
  );
}

function selectionOf({ operands, values, options }: Input): Selection {
  refusePrograms("check", operands);
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
    `unknown client ${JSON.stringify(name)}; expected one of: ${names.join(", ")}.${didYouMean(name, names)}`,
  );
}

function jobsOf(text: string | undefined): number | undefined {
  if (text === undefined || /^[1-9]\d{0,3}$/.test(text)) return text === undefined ? undefined : Number(text);
  throw new UsageError(`option --jobs is ${JSON.stringify(text)}; expected a number from 1 to 9999`);
}

/** The value of an option given in seconds. @returns ms */
function seconds({ options }: Input, name: string): number | undefined {
  const text = options.get(name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d*\.?\d+$/.test(text) && value > 0 && value <= longest) return value * 1_000;
  throw new UsageError(
    `option --${name} is ${JSON.stringify(text)}; expected a number of seconds above 0, such as 2.5, and at most ${longest}`,
  );
}
