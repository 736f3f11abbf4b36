import { delimiter, join } from "node:path";
import { PipeReader } from "../../client/process/pipe-reader.ts";
import { onAbort } from "../../on-abort.ts";
import { reason } from "../../trouble.ts";
import { within } from "../../wait.ts";

/*
 * Starts the command of a step. What it prints is passed on as it comes, and kept.
 */

/** How long a command may take to end after a signal, in ms, before it's killed. */
const patience = 2_500;
/** How long the pipes may be silent after the exit, in ms, before their ends: a process that stays behind may hold them. */
const endTimeout = 250;

/** stdout or stderr. */
export type Stream = 1 | 2;

/** How a command is started. */
export interface CommandOptions {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Gets what the command prints. The bytes are valid during the call. */
  readonly onOutput: (stream: Stream, bytes: Uint8Array) => void;
  /** Ends the command: its process group gets SIGTERM, or the signal that the reason names. */
  readonly signal?: AbortSignal | undefined;
}

/** How a command ended. */
export type CommandEnd =
  /** `isCut`: a process that it started holds its output, so there may be more of it. */
  | { readonly kind: "exited"; readonly code: number; readonly isCut: boolean }
  | { readonly kind: "killed"; readonly signal: string }
  | { readonly kind: "not started"; readonly why: string };

/**
 * Runs a command to its end. It has no stdin, because a result that depends on what somebody types can't be kept.
 *
 * It leads a process group, so that a signal to this process reaches everything it started.
 */
export async function runCommand({ argv, cwd, env, onOutput, signal }: CommandOptions): Promise<CommandEnd> {
  let command: Bun.Subprocess<"ignore", "pipe", "pipe">;
  try {
    command = Bun.spawn([...argv], {
      cwd,
      env: { ...env },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
      detached: true,
    });
  } catch (error) {
    return { kind: "not started", why: reason(error) };
  }
  let overdue: Timer | undefined;
  const forget =
    signal &&
    onAbort(signal, () => {
      kill(command.pid, nameOf(signal.reason));
      overdue = setTimeout(() => kill(command.pid, "SIGKILL"), patience);
    });
  const output = new Output(command.stdout, command.stderr, onOutput);
  await command.exited;
  forget?.();
  clearTimeout(overdue);
  const isCut = !(await output.isWhole());
  const killed = command.signalCode;
  return killed === null
    ? { kind: "exited", code: command.exitCode ?? 0, isCut }
    : { kind: "killed", signal: String(killed) };
}

/** Both pipes of a command. */
class Output {
  readonly #pipes: readonly PipeReader[];
  readonly #ends: Promise<boolean>;
  readonly #onOutput: CommandOptions["onOutput"];
  #isSilent = true;

  constructor(
    stdout: ReadableStream<Uint8Array>,
    stderr: ReadableStream<Uint8Array>,
    onOutput: CommandOptions["onOutput"],
  ) {
    this.#onOutput = onOutput;
    const pipes = [new PipeReader(stdout), new PipeReader(stderr)] as const;
    this.#pipes = pipes;
    this.#ends = Promise.all([this.#pass(pipes[0], 1), this.#pass(pipes[1], 2)]).then(() => true);
  }

  /** Waits for the ends of the pipes, as long as something comes. @returns whether they came */
  async isWhole(): Promise<boolean> {
    let isWhole: boolean | undefined;
    do {
      this.#isSilent = true;
      isWhole = await within(endTimeout, this.#ends);
    } while (isWhole === undefined && !this.#isSilent);
    // A pipe that is still open must not keep this process alive.
    for (const pipe of this.#pipes) pipe.cancel();
    return isWhole ?? false;
  }

  async #pass(pipe: PipeReader, stream: Stream): Promise<void> {
    for (let bytes = await pipe.read(); bytes !== undefined; bytes = await pipe.read()) {
      this.#isSilent = false;
      this.#onOutput(stream, bytes);
    }
  }
}

/** The signal to pass on: the one that reached this process, if the reason of the abort names it. */
function nameOf(cause: unknown): NodeJS.Signals {
  const name = cause instanceof Error ? cause.message : "";
  for (const signal of ["SIGINT", "SIGHUP", "SIGQUIT"] as const) if (name === signal) return signal;
  return "SIGTERM";
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // The group is gone.
  }
}

/** The exit code that a shell reports for this end. */
export function exitCodeOf(end: CommandEnd): number {
  if (end.kind === "exited") return end.code;
  if (end.kind === "not started") return 127;
  const number =
    Object.entries(process.getBuiltinModule("node:os").constants.signals).find(
      ([name]) => name === end.signal,
    )?.[1] ?? 0;
  return 128 + number;
}

/** The PATH of a step: node_modules/.bin of its directory and of those above it, up to the root, then this process's. */
export function pathOf(cwd: string, root: string, path: string | undefined): string {
  const folders: string[] = [];
  for (let at = cwd; at.startsWith(root); at = join(at, "..")) {
    folders.push(join(at, "node_modules/.bin"));
    if (at === root || at === join(at, "..")) break;
  }
  return [...folders, ...(path ? [path] : [])].join(delimiter);
}
