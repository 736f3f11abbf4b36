/*
 * This folder: what a check is written in. CheckContext starts programs, calls.ts sends requests and waits, entry.ts makes
 * what is put, disk-file.ts and watch-file.ts look at the files, timing.ts repeats and limits.
 */
import { CouldNotRun, Finding, require } from "../finding.ts";
import type { Dialect } from "../peer/dialect.ts";
import { Peer } from "../peer/peer.ts";
import { type TraceEvent, TraceWriter } from "../peer/trace.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import { Patience } from "./patience.ts";

export interface CheckContextOptions {
  /** The program under test: words, with `{dir}` and `{shared}` in them. */
  readonly command: readonly string[];
  readonly dialect: Dialect;
  readonly sandbox: Sandbox;
  /** How long the program may be silent. */
  readonly patience: Patience;
  /** How much longer its hello may take, in ms: what is known to start slowly does so each time. */
  readonly slowStart?: number;
  /** Who is told all that is said; the number of a program counts from 1. */
  readonly onEvent?: ((process: number, event: TraceEvent) => void) | undefined;
  /** Fires when the whole run is stopped. */
  readonly signal: AbortSignal;
}

/** How a program is started within a context. */
export interface StartChoice {
  /** The working directory, where it is not the sandbox's. */
  readonly cwd?: string;
  /** What `{dir}` stands for, where it is not the sandbox's directory. */
  readonly dir?: string;
  /** What `{shared}` stands for, where it is not the sandbox's. */
  readonly shared?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Words that run the command that follows them, as `nice -n 5` would. */
  readonly before?: readonly string[];
  /** A file that its stderr goes to; otherwise it is read. */
  readonly stderrFile?: string;
}

/** One run of one check: a sandbox, a deadline, and the programs that were started in it. */
export class CheckContext {
  readonly #options: CheckContextOptions;
  readonly #peers: Peer[] = [];
  readonly #traceWriters: TraceWriter[] = [];
  #heard: Peer | undefined;
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

  /** Every program that was started, in order. */
  get peers(): readonly Peer[] {
    return this.#peers;
  }

  /** The program that a check has last heard of: what it finds wrong after that is about this one. */
  get lastHeard(): Peer | undefined {
    return this.#heard ?? this.#peers.at(-1);
  }

  /** Starts the program; its hello is not waited for. */
  spawn(choice: StartChoice = {}): Peer {
    if (this.#ended) throw new CouldNotRun("the check was over when it started another program");
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
          this.#heard = peer;
        }),
    });
    this.#peers.push(peer);
    observer?.started({ pid: peer.pid, argv, cwd, env });
    patience.renew(slowStart);
    return peer;
  }

  /** Starts the program and takes its hello. @throws {Finding} where it says none */
  async start(choice: StartChoice = {}): Promise<Peer> {
    const peer = this.spawn(choice);
    const { id, knownCommands } = await peer.hello();
    require(id === 0 && knownCommands.length > 0, "a hello: ID 0 and KnownCommands", () => "another message");
    return peer;
  }

  /**
   * Waits for a promise, as long as there is a sign of life within the time of the check.
   *
   * @throws {Finding} where there is none: `what` within the time; `state`
   * @throws {CouldNotRun} where it takes too long in all
   */
  async within<T>(what: string, state: () => string, promise: Promise<T>): Promise<T> {
    const { patience, signal } = this.#options;
    const { promise: late, reject } = Promise.withResolvers<never>();
    const expire = () => {
      const silence = new Finding(`${what} within ${seconds(patience.time)}`, state(), { late: true });
      reject(patience.isExhausted ? new CouldNotRun(tooSlow(patience), { cause: silence }) : silence);
    };
    patience.renew(); // what the suite did itself until now is no silence of the program
    const forget = patience.onEnd(expire);
    signal.addEventListener("abort", expire, { once: true });
    if (signal.aborted) expire();
    try {
      return await Promise.race([promise, late]);
    } finally {
      forget();
      signal.removeEventListener("abort", expire);
    }
  }

  /** Ends every program of the context, and all that they have started. */
  async end(): Promise<void> {
    this.#ended = true;
    await Promise.all(this.#peers.map((peer) => peer.kill()));
    for (const writer of this.#traceWriters) writer.end();
  }

  /** Who is told what the next program says. */
  #observer(number: number): TraceWriter | undefined {
    const { onEvent } = this.#options;
    if (onEvent === undefined) return undefined;
    const writer = new TraceWriter((event) => onEvent(number, event));
    this.#traceWriters.push(writer);
    return writer;
  }

  /** The same, and the sandbox goes too, before this returns: for a process that will not wait any longer. */
  abandon(): void {
    this.#ended = true;
    for (const peer of this.#peers) peer.signal("SIGKILL");
    this.sandbox.remove();
  }
}

function tooSlow({ time }: Patience): string {
  return `the program answers, but so slowly that the check was not done in ${seconds(Patience.longest(time))}; --check-timeout gives it more time`;
}

function seconds(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}
