/*
 * This folder is what checks are written with. CheckContext starts programs, calls.ts sends requests and waits for the
 * responses, entry.ts makes action ids and bodies, disk-file.ts and watch-file.ts read the files, timing.ts repeats work
 * and limits time.
 */
import { CouldNotRun, Finding, require } from "../finding.ts";
import type { Dialect } from "../peer/dialect.ts";
import { Peer } from "../peer/peer.ts";
import { type TraceEvent, TraceWriter } from "../peer/trace.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import { Patience } from "./patience.ts";

export interface CheckContextOptions {
  /** The command of the program under test; its words may contain `{dir}` and `{shared}`. */
  readonly command: readonly string[];
  readonly dialect: Dialect;
  readonly sandbox: Sandbox;
  /** How long the program may be silent. */
  readonly patience: Patience;
  /** How much longer the hello may take, in ms: a program that started slowly once does so each time. */
  readonly slowStart?: number;
  /** Called with everything that a process receives, writes or does; `process` counts from 1. */
  readonly onEvent?: ((process: number, event: TraceEvent) => void) | undefined;
  /** Fires when the whole run is stopped. */
  readonly signal: AbortSignal;
}

/** How to start a program in a context. */
export interface StartChoice {
  /** The working directory. Default: the sandbox's. */
  readonly cwd?: string;
  /** The value of `{dir}`. Default: the sandbox's. */
  readonly dir?: string;
  /** The value of `{shared}`. Default: the sandbox's. */
  readonly shared?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Words of a command that runs the program, such as `nice -n 5`. */
  readonly before?: readonly string[];
  /** The file for its stderr. Default: the suite reads stderr. */
  readonly stderrFile?: string;
}

/** One run of one check: its sandbox, its deadline, and the processes that it started. */
export class CheckContext {
  readonly #options: CheckContextOptions;
  readonly #peers: Peer[] = [];
  readonly #traceWriters: TraceWriter[] = [];
  #awaited: Peer | undefined;
  #ended = false;

  constructor(options: CheckContextOptions) {
    this.#options = options;
  }

  get sandbox(): Sandbox {
    return this.#options.sandbox;
  }

  get dialect(): Dialect {
    return this.#options.dialect;
  }

  get patience(): Patience {
    return this.#options.patience;
  }

  get command(): readonly string[] {
    return this.#options.command;
  }

  /** Every process that was started, in order. */
  get peers(): readonly Peer[] {
    return this.#peers;
  }

  /** The process that the check last waited for; a finding without a process number is about this one. */
  get lastAwaited(): Peer | undefined {
    return this.#awaited ?? this.#peers.at(-1);
  }

  /** Starts the program without waiting for its hello. */
  spawn(choice: StartChoice = {}): Peer {
    if (this.#ended) throw new CouldNotRun("the check started another process after it had ended");
    const { command, sandbox, dialect, patience, slowStart } = this.#options;
    const { dir = sandbox.dir, shared = sandbox.shared } = choice;
    const place = (word: string) => word.replaceAll("{dir}", dir).replaceAll("{shared}", shared);
    const words = [...(choice.before ?? []), ...command.map(place)];
    const redirected = ["sh", "-c", 'exec "$@" 2>"$0"', choice.stderrFile ?? "", ...words];
    const argv = choice.stderrFile === undefined ? words : redirected;
    const env = { ...sandbox.env, ...choice.env };
    const cwd = choice.cwd ?? sandbox.cwd;
    const number = this.#peers.length + 1;
    const observer = this.#observer(number);
    const peer = new Peer({
      number,
      argv,
      env,
      cwd,
      dialect,
      observer,
      onLife: () => patience.renew(),
      within: (what, state, promise) =>
        this.within(what, state, promise).finally(() => {
          this.#awaited = peer;
        }),
    });
    this.#peers.push(peer);
    observer?.started({ pid: peer.pid, argv, cwd, env });
    patience.renew(slowStart);
    return peer;
  }

  /** Starts the program and waits for its hello. @throws {Finding} if none arrives */
  async start(choice: StartChoice = {}): Promise<Peer> {
    const peer = this.spawn(choice);
    const { id, knownCommands } = await peer.hello();
    require(id === 0 && knownCommands.length > 0, "a hello with ID 0 and KnownCommands", () =>
      "another message");
    return peer;
  }

  /**
   * Waits for a promise, as long as the program keeps showing activity within the time limit of the check.
   *
   * @throws {Finding} if there is no activity: expected `what` within the limit, actual `state`
   * @throws {CouldNotRun} if the wait takes too long in total
   */
  async within<T>(what: string, state: () => string, promise: Promise<T>): Promise<T> {
    const { patience, signal } = this.#options;
    patience.renew(); // the suite's own work until now doesn't count as silence of the program
    return await patience.limit(promise, signal, () => {
      const silence = new Finding(`${what} within ${seconds(patience.time)}`, state(), { late: true });
      return patience.isExhausted ? new CouldNotRun(tooSlow(patience), { cause: silence }) : silence;
    });
  }

  /** Kills every process of the context and all their children. */
  async end(): Promise<void> {
    this.#ended = true;
    await Promise.all(this.#peers.map((peer) => peer.kill()));
    for (const writer of this.#traceWriters) writer.end();
  }

  /** The trace writer for the next process; undefined if nothing is traced. */
  #observer(number: number): TraceWriter | undefined {
    const { onEvent } = this.#options;
    if (onEvent === undefined) return undefined;
    const writer = new TraceWriter((event) => onEvent(number, event));
    this.#traceWriters.push(writer);
    return writer;
  }

  /** Like {@link end}, but synchronous, and removes the sandbox too: for a process that is about to exit. */
  abandon(): void {
    this.#ended = true;
    for (const peer of this.#peers) peer.signal("SIGKILL");
    this.sandbox.remove();
  }
}

function tooSlow({ time }: Patience): string {
  return `the program responds, but too slowly: the check did not finish in ${seconds(Patience.longest(time))}; raise --check-timeout`;
}

function seconds(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}
