import type { Recording } from "../recording.ts";

const recorded = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;

/**
 * Records signals. The keys of a terminal, and its end, send theirs to the program, too; SIGTERM comes to one process, so
 * it's passed on.
 */
export class Signals {
  #program: Bun.Subprocess | undefined;
  #recording: Recording | undefined;
  readonly #handlers: readonly (readonly [NodeJS.Signals, () => void])[];

  constructor() {
    this.#handlers = recorded.map((name) => {
      const handler = () => {
        this.#recording?.signal(name);
        if (name === "SIGTERM") this.#program?.kill(name);
      };
      process.on(name, handler);
      return [name, handler] as const;
    });
  }

  passTo(program: Bun.Subprocess, recording: Recording): void {
    this.#program = program;
    this.#recording = recording;
  }

  forget(): void {
    for (const [name, handler] of this.#handlers) process.off(name, handler);
  }
}
