import { resolve } from "node:path";
import type { Answer } from "./memory-client.ts";

const reference = resolve(import.meta.dir, "../../fixtures/reference-server.ts");
/** The command line. */
export const commandLine = resolve(import.meta.dir, "../../src/cli/main.ts");

/** A server as a process: the reference server, or another program. Leaving its scope kills it. */
export class ServerProcess implements AsyncDisposable {
  readonly child: Bun.Subprocess<"pipe", "pipe", "pipe">;
  readonly #answers: AsyncGenerator<Answer, void, undefined>;

  /** @param under a command that starts it, such as `unshare -U` */
  constructor(
    args: readonly string[],
    {
      under = [],
      program = reference,
      ...options
    }: {
      cwd?: string;
      env?: Record<string, string | undefined>;
      under?: readonly string[];
      program?: string;
    } = {},
  ) {
    const argv = [...under, process.execPath, program, ...args];
    this.child = Bun.spawn(argv, { stdin: "pipe", stdout: "pipe", stderr: "pipe", ...options });
    this.#answers = answersOf(this.child.stdout);
  }

  /** Writes to stdin. A killed program accepts no more, which isn't an error here. */
  write(text: string): this {
    for (const pending of [this.child.stdin.write(text), this.child.stdin.flush()]) {
      Promise.resolve(pending).catch(() => {});
    }
    return this;
  }

  /** The next response; undefined at the end of stdout. */
  async next(): Promise<Answer | undefined> {
    const { value } = await this.#answers.next();
    return value ?? undefined;
  }

  async take(count: number): Promise<Answer[]> {
    const answers: Answer[] = [];
    for (let answer = await this.next(); answer !== undefined; answer = await this.next()) {
      if (answers.push(answer) === count) break;
    }
    return answers;
  }

  /** The remaining responses, up to the end of stdout. */
  rest(): Promise<Answer[]> {
    return this.take(Number.POSITIVE_INFINITY);
  }

  /** Closes our end of its stdout. */
  async stopReading(): Promise<void> {
    await this.#answers.return();
  }

  stderr(): Promise<string> {
    return new Response(this.child.stderr).text();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill("SIGKILL");
    await this.child.exited;
  }
}

async function* answersOf(stdout: ReadableStream<Uint8Array>): AsyncGenerator<Answer, void, undefined> {
  let rest = "";
  for await (const chunk of stdout) {
    const lines = (rest + Buffer.from(chunk).toString("latin1")).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) yield JSON.parse(line);
  }
}
