import { type Exit, Program } from "../../client/process/spawn.ts";
import { within } from "../../wait.ts";
import { type Observer, Transcript } from "./transcript.ts";

/** How much of stdout is kept, in bytes: enough for every check, and a bound for a program that floods it. */
const keptOutput = 4 * 1024 * 1024;
/** How long to wait for the rest of the stderr of a program that has exited, in ms. */
const stderrGrace = 250;

export interface PeerProcessOptions {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Receives everything that is sent and received. */
  readonly observer?: Observer | undefined;
}

/** The process of a program under test: its output, its exit, its signals. It doesn't interpret messages. */
export class PeerProcess {
  readonly transcript: Transcript;
  /** Its working directory. */
  readonly cwd: string;
  /** Resolves when the process is gone. */
  readonly exited: Promise<Exit>;
  protected readonly program: Program;
  readonly #output: Uint8Array[] = [];
  #outputSize = 0;
  #paused: PromiseWithResolvers<void> | undefined;
  #exit: Exit | undefined;

  constructor({ argv, env, cwd, observer }: PeerProcessOptions) {
    this.cwd = cwd;
    this.transcript = new Transcript(observer);
    const stderr = (line: string) => this.transcript.stderr(line);
    this.program = new Program(argv, { env, cwd, stderr, group: true });
    this.program.ref();
    this.exited = this.program.exited().then((exit) => {
      this.#exit = exit;
      this.transcript.event(
        exit.signal === null ? `exited with code ${exit.code}` : `killed by ${exit.signal}`,
      );
      return exit;
    });
  }

  get pid(): number {
    return this.program.pid;
  }

  /** The first and last lines of stderr. */
  get stderrLines(): readonly string[] {
    return this.program.stderrLines;
  }

  /** Resolves when stderr has been read to its end. */
  stderrEnded(): Promise<void> {
    return this.program.stderrEnded();
  }

  /** The first and last lines of stderr so far. Waits for the rest if the program has exited, but not for long. */
  async lastStderr(): Promise<readonly string[]> {
    if (this.#exit !== undefined) await within(stderrGrace, this.stderrEnded());
    return [...this.stderrLines];
  }

  /** The output on stdout so far, up to 4 MiB. */
  get output(): Uint8Array {
    return Buffer.concat(this.#output);
  }

  /** Stops reading stdout after the next chunk, until {@link resume}. */
  pause(): void {
    this.#paused ??= Promise.withResolvers();
  }

  resume(): void {
    this.#paused?.resolve();
    this.#paused = undefined;
  }

  /** Stops reading stdout and stderr. */
  closeOutput(): void {
    this.program.closeOutput();
  }

  signal(name: NodeJS.Signals): void {
    this.transcript.event(name);
    this.program.signal(name);
  }

  /** Kills the program and its children. Resolves when the program is gone. */
  async kill(): Promise<void> {
    this.resume();
    await this.program.kill();
    this.program.signal("SIGKILL"); // its children may have outlived it
    this.program.unref();
  }

  /** How the process ended; undefined while it runs. */
  protected get exitText(): string | undefined {
    if (this.#exit === undefined) return undefined;
    const { code, signal } = this.#exit;
    return signal === null ? `it exited with code ${code}` : `it was killed by ${signal}`;
  }

  /** Reads stdout to its end, or until `take` returns false. */
  protected async read(take: (chunk: Uint8Array) => boolean): Promise<void> {
    for (;;) {
      await this.#paused?.promise;
      const chunk = await this.program.read();
      if (chunk === undefined) break;
      this.transcript.received(chunk);
      if (this.#outputSize < keptOutput) {
        this.#output.push(chunk.slice());
        this.#outputSize += chunk.length;
      }
      if (!take(chunk)) {
        this.program.closeOutput();
        break;
      }
    }
    this.transcript.event("stdout ended");
  }
}
