import manifest from "../../../package.json" with { type: "json" };
import { recordOwnCache } from "../../trace/record/own-cache.ts";
import { Recording } from "../../trace/record/recording.ts";
import { type StartedProgram, startProgram } from "../../trace/record/relay/relay.ts";
import type { Command } from "../command.ts";
import { exit } from "../exit.ts";
import { UsageError } from "../failure.ts";
import { endAs, type ProcessEnd } from "../process/end-as.ts";
import { notStarted, programAfterDashes } from "../process/given-program.ts";
import { HeldStdout, lintTrace } from "../process/lint-trace.ts";
import { tell } from "../terminal/output.ts";
import { isTerminal } from "../terminal/terminal.ts";

/** go waits for its hello in every build that is recorded, so this file is a bundle of its own: see only-record.ts. */
export const record: Command = {
  name: "record",
  summary: "Run a cache program, and write a trace of what go asks it.",
  synopsis: "-o FILE [options] [-- PROGRAM [ARG...]]",
  options: {
    output: { value: "FILE", short: "o", help: "the trace; {pid} in it stands for the process id of go" },
    bodies: { value: "DIR", help: "keep the body of each put in DIR, named by its SHA-256" },
    lint: {
      help: "at the end, write to stderr what went against the protocol, as cacheprogw lint --quiet does; go waits for it",
    },
  },
  examples: [
    'GOCACHEPROG="cacheprogw record -o /tmp/build.jsonl" go build ./...',
    'GOCACHEPROG="cacheprogw record -o /tmp/traces/ -- my-cacheprog" make',
  ],
  details: `
record is a cache program: go starts it, and it starts PROGRAM. It passes on every byte as it comes, so the build goes
as it does without it. Without PROGRAM, it serves go's own cache, which go uses when GOCACHEPROG isn't set.

If FILE is a directory, or ends with /, each go process gets a trace in it, named after its process id. A trace that is
there is replaced; any other file is left alone. If the trace can't be written, the build goes on without it.

PROGRAM is a command and its arguments, or one GOCACHEPROG value in quotes. Environment variables may come first, as in
a shell: -- NAME=VALUE PROGRAM. For the built-in store, write -- cacheprogw serve.

To record a whole build and see what came of it, use cacheprogw trace.
`,
  operands: 0,
  async run({ options, program: words }) {
    const path = options.get("output");
    if (path === undefined) throw new UsageError("no file for the trace; expected -o FILE");
    const argv = words === undefined ? [] : programAfterDashes(words);
    await greetTerminal();
    const started = start(argv);
    const recording = new Recording({
      path,
      bodies: options.get("bodies"),
      recorder: `cacheprogw ${manifest.version}`,
      program: argv,
    });
    using held = options.has("lint") ? new HeldStdout() : undefined;
    const end = await (started === undefined ? ownCache(recording) : otherProgram(started, recording));
    if (held !== undefined && recording.path !== undefined) await lintTrace(recording.path);
    return endAs(end);
  },
};

async function ownCache(recording: Recording): Promise<ProcessEnd> {
  await recordOwnCache(recording);
  return { code: exit.ok };
}

/** @throws {NotStarted} */
function start(argv: readonly string[]): StartedProgram | undefined {
  try {
    return argv.length === 0 ? undefined : startProgram(argv);
  } catch (error) {
    throw notStarted(error);
  }
}

async function otherProgram(program: StartedProgram, recording: Recording): Promise<ProcessEnd> {
  const end = await program.relay(recording);
  recording.exited(end);
  return end;
}

/** Tells somebody who has typed the command in a terminal what it waits for. */
async function greetTerminal(): Promise<void> {
  if (!(await isTerminal(0))) return;
  tell(
    "this is a cache program, waiting for requests on stdin; go starts it as its GOCACHEPROG. Press Ctrl-C or Ctrl-D to quit",
  );
}
