import { atExit } from "../../at-exit.ts";
import type { Host } from "../../bench/scenario-runner.ts";
import { absoluteWords } from "../../conformance/sandbox/command-words.ts";
import { Sandbox } from "../../conformance/sandbox/sandbox.ts";
import type { Launch } from "./launch.ts";
import { withProgram } from "./program.ts";

/** A sandbox that is removed at the end of its scope, or of the process. */
class OwnedSandbox implements AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly #forget: () => void;

  constructor(sandbox: Sandbox) {
    this.sandbox = sandbox;
    this.#forget = atExit(() => sandbox.remove());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sandbox[Symbol.asyncDispose]();
    this.#forget();
  }
}

/**
 * The words of a program that runs in a sandbox, where `{dir}` stands for a directory. The built-in one keeps its entries
 * there.
 */
export function sandboxedWords({
  argv,
  isReference,
}: Pick<Launch, "argv" | "isReference">): readonly string[] {
  return absoluteWords(isReference ? [...argv, "--dir", "{dir}"] : argv);
}

/** Runs programs in the sandboxes that check uses, and ends them as every command does. */
export function sandboxHost(timeouts: Launch["timeouts"], signal: AbortSignal): Host<OwnedSandbox> {
  return {
    sandbox: async () => new OwnedSandbox(await Sandbox.create()),
    async run(words, { sandbox: { dir, env, cwd } }, work) {
      const argv = words.map((word) => word.replaceAll("{dir}", dir));
      const launch = { argv, name: "", isReference: false, timeouts };
      // Reading stderr keeps it off the progress bar, and lets an error quote it.
      await withProgram(launch, signal, work, { env, cwd, stderr: () => {} });
    },
  };
}
