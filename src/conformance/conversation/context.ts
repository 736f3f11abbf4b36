/*
 * This folder is what checks are written with. CheckContext starts programs, requests.ts sends requests and waits for
 * the responses, new-entry.ts makes action ids and bodies, disk-file.ts and watch-file.ts read the files, timing.ts
 * repeats work and limits time.
 */
import { CouldNotRun, Finding, require } from "../finding.ts";
import type { Dialect } from "../peer/dialect.ts";
import { Peer } from "../peer/peer.ts";
import { type TraceEntry, TraceWriter } from "../peer/trace.ts";
import { KeepDirectory } from "../sandbox/keep-directory.ts";
import { Sandbox } from "../sandbox/sandbox.ts";
import { Patience } from "./patience.ts";

/** What all contexts of a program have in common. */
export interface ContextSettings {
  /** The command of the program; its words may contain `{dir}` and `{shared}`. */
  readonly command: readonly string[];
  readonly dialect: Dialect;
  /** Fires when the whole run is stopped. */
  readonly signal: AbortSignal;
  /** How long the program takes to start, in ms; 0 if unknown. */
  readonly slowStart: number;
  /** Variables that the program gets from this process instead of the sandbox. */
  readonly passEnv: readonly string[];
  /** Where Bun keeps compiled sources: if each sandbox had its own, each check would compile the program again. */
  readonly compiled: string;
  /** The directory in which failed checks are kept. */
  readonly keep: string | undefined;
  /** Called with everything that processes receive, write or do. */
  readonly trace: ((entry: TraceEntry) => void) | undefined;
  /** When the run began, by performance.now(). */
  readonly began: number;
  /** The contexts that haven't ended. */
  readonly contexts: Set<CheckContext>;
}

/** What a context is for. */
export interface Purpose {
  /** The id of the check. The work before the first check has none, and is never kept. */
  readonly check?: string;
  /** How long the program may be silent, in ms. */
  readonly time: number;
  /** Variables that the program gets from this process, besides those of all contexts. */
  readonly passEnv?: readonly string[];
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

/** One run of one check: its sandbox, its deadline, and the processes that it started. All end with the context. */
export class CheckContext implements AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly patience: Patience;
  readonly #settings: ContextSettings;
  readonly #check: string | null;
  readonly #place: KeepDirectory | undefined;
  readonly #peers: Peer[] = [];
  readonly #traceWriters: TraceWriter[] = [];
  #awaited: Peer | undefined;
  #ended = false;
  /** Why the context is kept; undefined if it isn't. */
  #finding: string | undefined;

  /** Creates a context with its sandbox. @throws (rejects) the system's error if the sandbox can't be created */
  static async open(settings: ContextSettings, purpose: Purpose): Promise<CheckContext> {
    const { check, time, passEnv = [] } = purpose;
    const { keep, compiled } = settings;
    const place =
      keep === undefined || check === undefined ? undefined : await KeepDirectory.create(keep, check);
    try {
      const env = [...settings.passEnv, ...passEnv];
      const sandbox = await Sandbox.create({ root: place?.sandbox, compiled, passEnv: env });
      return new CheckContext(settings, sandbox, new Patience(time), check, place);
    } catch (error) {
      await place?.discard();
      throw error;
    }
  }

  /** @internal Use {@link open}. */
  constructor(
    settings: ContextSettings,
    sandbox: Sandbox,
    patience: Patience,
    check?: string,
    place?: KeepDirectory,
  ) {
    this.sandbox = sandbox;
    this.patience = patience;
    this.#settings = settings;
    this.#check = check ?? null;
    this.#place = place;
    settings.contexts.add(this);
  }

  get dialect(): Dialect {
    return this.#settings.dialect;
  }

  get command(): readonly string[] {
    return this.#settings.command;
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
    const { sandbox, patience } = this;
    const { command, dialect, slowStart } = this.#settings;
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
    // A program that started slowly once does so each time.
    patience.renew(2 * slowStart);
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
    const { patience } = this;
    patience.renew(); // the suite's own work until now doesn't count as silence of the program
    return await patience.limit(promise, this.#settings.signal, () => {
      const silence = new Finding(`${what} within ${seconds(patience.time)}`, state(), { late: true });
      return patience.isExhausted ? new CouldNotRun(tooSlow(patience), { cause: silence }) : silence;
    });
  }

  /**
   * Keeps the sandbox and the conversation, with a text that says why.
   *
   * @returns their directory; undefined if nothing is kept in this run
   */
  keep(why: string): string | undefined {
    this.#finding = why;
    if (this.#place !== undefined) this.sandbox.keep();
    return this.#place?.directory;
  }

  /** Kills every process of the context and all their children. Removes what isn't kept. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended = true;
    try {
      await using _sandbox = this.sandbox; // removed when the processes are gone
      await Promise.all(this.#peers.map((peer) => peer.kill()));
      for (const writer of this.#traceWriters) writer.end();
      this.#settings.contexts.delete(this);
    } finally {
      if (this.#finding === undefined) await this.#place?.discard();
      else await this.#place?.keep(this.#finding);
    }
  }

  /** Does the same at once, as far as possible: this process is about to exit. */
  abandon(): void {
    this.#ended = true;
    for (const peer of this.#peers) peer.signal("SIGKILL");
    this.sandbox.remove();
  }

  /** The trace writer for the next process; undefined if nothing is traced. */
  #observer(process: number): TraceWriter | undefined {
    const { trace, began } = this.#settings;
    if (trace === undefined && this.#place === undefined) return undefined;
    const writer = new TraceWriter((event) => {
      const time = Math.round((performance.now() - began) * 1_000);
      const entry = { time, check: this.#check, process, ...event };
      trace?.(entry);
      this.#place?.write(entry);
    });
    this.#traceWriters.push(writer);
    return writer;
  }
}

function tooSlow({ time }: Patience): string {
  return `the program responds, but too slowly: the check did not finish in ${seconds(Patience.longest(time))}; raise --check-timeout`;
}

function seconds(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}
