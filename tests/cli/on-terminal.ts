import { expect } from "bun:test";
import { readdirSync } from "node:fs";
import type { Sandbox } from "./sandbox.ts";

/** A cacheprogw on its own terminal. It is killed at the end of its scope. */
export class OnTerminal implements AsyncDisposable {
  readonly child: Bun.Subprocess;
  readonly #sandbox: Sandbox;
  /** The output so far. */
  seen = "";
  #onSeen: (() => void) | undefined;
  readonly #hungUp = Promise.withResolvers<void>();

  constructor(
    sandbox: Sandbox,
    args: readonly string[],
    env: Readonly<Record<string, string | undefined>> = {},
  ) {
    this.#sandbox = sandbox;
    const decoder = new TextDecoder();
    this.child = Bun.spawn([...sandbox.command, ...args], {
      cwd: sandbox.cwd,
      env: { ...sandbox.env, ...env },
      terminal: {
        data: (_, bytes) => {
          this.seen += decoder.decode(bytes, { stream: true });
          this.#onSeen?.();
        },
        exit: () => this.#hungUp.resolve(),
      },
    });
  }

  type(keys: string): void {
    this.child.terminal?.write(keys);
  }

  async saw(text: string): Promise<void> {
    while (!this.seen.includes(text)) await new Promise<void>((resolve) => (this.#onSeen = resolve));
  }

  /** Waits for its exit, and for all other processes on the terminal; checks that TMPDIR is empty. */
  async ended(): Promise<number | null> {
    await Promise.all([this.child.exited, this.#hungUp.promise]);
    expect(readdirSync(this.#sandbox.tmp)).toEqual([]);
    return this.child.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill("SIGKILL");
    await this.child.exited;
    this.child.terminal?.close();
  }
}
