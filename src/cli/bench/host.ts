import type { Ground } from "../../bench/scenario-runner.ts";
import { Sandbox } from "../../conformance/sandbox/sandbox.ts";
import { atExit } from "../process/at-exit.ts";
import type { Launch } from "../process/launch.ts";
import { withProgram } from "../process/program.ts";

/** A sandbox that goes with the end of its scope, or of the process. */
class Place implements AsyncDisposable {
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

/** Where programs are measured: in sandboxes as check has them, and with an end as every command gives them. */
export function benchGround(timeouts: Launch["timeouts"], signal: AbortSignal): Ground<Place> {
  return {
    place: async () => new Place(await Sandbox.create()),
    async run(words, { sandbox: { dir, env, cwd } }, work) {
      const argv = words.map((word) => word.replaceAll("{dir}", dir));
      const launch = { argv, name: "", isReference: false, timeouts };
      // Its stderr is read, so that an error can say what it wrote, and it does not disturb the progress.
      await withProgram(launch, signal, work, { env, cwd, stderr: () => {} });
    },
  };
}
