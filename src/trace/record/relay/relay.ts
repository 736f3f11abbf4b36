import { closeSync, constants, fstatSync, openSync } from "node:fs";
import { findExecutable, programName } from "../../../client/process/executable.ts";
import { ignoringTheSame } from "../../../ignored-signals.ts";
import type { Recording } from "../recording.ts";
import { dontBlock, findLibc, type Libc, makePipe } from "./libc.ts";
import { Signals } from "./signals.ts";
import { passStreams } from "./streams.ts";
import { type Observer, Way } from "./way.ts";

/** How a program ended. */
export type ProgramEnd = { readonly code: number } | { readonly signal: string };

/** How long the event loop may wait for its turn, in ms: it has the signals that came at a bad moment. */
const longestWait = 500;

/** A program that was started, for {@link relay}. */
export interface StartedProgram {
  readonly relay: (recording: Recording) => Promise<ProgramEnd>;
}

/**
 * Starts a cache program between this process's stdin and stdout. `relay` passes on every byte, and records what passes. The
 * program can start while the recording is made: go waits for its hello.
 *
 * It waits for both sides in poll(2), because each turn of Bun's event loop would cost as much as the rest of a message.
 * On systems other than Linux, the event loop has to do.
 *
 * @param libc null for the event loop
 * @throws {CacheProgError} `BAD_COMMAND`, `START_FAILED`
 */
export function startProgram(
  argv: readonly string[],
  libc: Libc | null = findLibc() ?? null,
): StartedProgram {
  const path = findExecutable(argv, { env: process.env, cwd: undefined }, programName(argv));
  const command = [...ignoringTheSame([path, ...argv.slice(1)])];
  // The shell is its own first word.
  const argv0 = command[0] === path ? (argv[0] ?? path) : "sh";
  const options = { argv0, env: process.env, stderr: "inherit" } as const;
  // Before the program: from then on, a signal must not end this process alone.
  const signals = new Signals();
  if (libc === null) {
    const child = Bun.spawn(command, { ...options, stdin: "pipe", stdout: "pipe" });
    return {
      relay: (recording) =>
        relayed(child, signals, recording, () => passStreams(child, observersOf(recording))),
    };
  }
  const [input, output] = [makePipe(libc), makePipe(libc)];
  const child = Bun.spawn(command, { ...options, stdin: input.toRead, stdout: output.toWrite });
  closeSync(input.toRead);
  closeSync(output.toWrite);
  dontBlock(libc, input.toWrite);
  return {
    relay: (recording) =>
      relayed(child, signals, recording, () => {
        const { fromGo, fromProgram } = observersOf(recording);
        const toGo = new Way(output.toRead, ownStdout(libc), fromProgram);
        return passDescriptors(libc, new Way(0, input.toWrite, fromGo), toGo, recording);
      }),
  };
}

/** Passes on everything, and waits for the end of the program. */
async function relayed(
  child: Bun.Subprocess,
  signals: Signals,
  recording: Recording,
  pass: () => Promise<void>,
): Promise<ProgramEnd> {
  signals.passTo(child, recording);
  try {
    await pass();
    recording.finish();
    return await endOf(child);
  } finally {
    signals.forget();
  }
}

/** What is passed on next must be in the file before. */
function observersOf(recording: Recording): { readonly fromGo: Observer; readonly fromProgram: Observer } {
  const observer = (bytes: (chunk: Uint8Array) => void, end: () => void): Observer => ({
    bytes(chunk) {
      bytes(chunk);
      recording.flush();
    },
    end() {
      end();
      recording.flush();
    },
  });
  return {
    fromGo: observer(
      (chunk) => recording.fromGo(chunk),
      () => recording.goEnded(),
    ),
    fromProgram: observer(
      (chunk) => recording.fromProgram(chunk),
      () => recording.programEnded(),
    ),
  };
}

async function passDescriptors(libc: Libc, toProgram: Way, toGo: Way, recording: Recording): Promise<void> {
  const fds = new Int32Array(8);
  const events = new Int16Array(fds.buffer);
  while (toProgram.isOpen || toGo.isOpen) {
    toProgram.waitFor(fds, events, 0);
    toGo.waitFor(fds, events, 2);
    const ready = libc.poll(fds, 4, recording.isBusy ? 0 : longestWait);
    if (ready > 0) {
      toGo.proceed(events, 2);
      toProgram.proceed(events, 0);
    } else if (ready === 0 && recording.isBusy) recording.work();
    // A signal, perhaps. Its handler needs a turn of the event loop.
    else await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

/** stdout, or a way to write to it that doesn't block, if that doesn't change it for other processes. */
function ownStdout(libc: Libc): number {
  const stat = fstatSync(1);
  if (stat.isSocket()) dontBlock(libc, 1);
  if (!stat.isFIFO()) return 1;
  const own = openSync("/proc/self/fd/1", constants.O_WRONLY | constants.O_NONBLOCK);
  closeSync(1);
  openSync("/dev/null", "r+");
  return own;
}

async function endOf(child: Bun.Subprocess): Promise<ProgramEnd> {
  await child.exited;
  return child.signalCode === null ? { code: child.exitCode ?? 0 } : { signal: String(child.signalCode) };
}
