import { type Exit, Program } from "../../client/process/spawn.ts";
import { type Observer, Transcript } from "./transcript.ts";

/** The most of stdout that is kept as it came, in bytes: enough for every check, and a bound for a flood. */
const keptOutput = 4 * 1024 * 1024;

export interface PeerProcessOptions {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Who is told all that is said, if anybody is. */
  readonly observer?: Observer | undefined;
}

/** The process of a program under test: what it writes, when it ends, and what ends it. It knows no message. */
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
        exit.signal === null ? `exited with code ${exit.code}` : `ended by ${exit.signal}`,
      );
      return exit;
    });
  }

  get pid(): number {
    return this.program.pid;
  }

  get hasExited(): boolean {
    return this.#exit !== undefined;
  }

  /** The first and the last lines of stderr. */
  get stderrLines(): readonly string[] {
    return this.program.stderrLines;
  }

  /** Resolves when stderr was read to its end. */
  stderrEnded(): Promise<void> {
    return this.program.stderrEnded();
  }

  /** What came on stdout so far, up to 4 MiB. */
  get output(): Uint8Array {
    return Buffer.concat(this.#output);
  }

  /** Leaves stdout unread, from the next chunk on, until {@link resume}. */
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

  /** Ends the program and all that it has started. Resolves when it is gone. */
  async kill(): Promise<void> {
    this.resume();
    await this.program.kill();
    this.program.signal("SIGKILL"); // what it started may have outlived it
    this.program.unref();
  }

  /** How it has ended; undefined while it runs. */
  protected get exitText(): string | undefined {
    if (this.#exit === undefined) return undefined;
    const { code, signal } = this.#exit;
    return signal === null ? `it exited with code ${code}` : `it was ended by ${signal}`;
  }

  /** Reads stdout to its end, or until `take` returns false for a chunk: then no more of it is wanted. */
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
