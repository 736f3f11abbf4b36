import { serve as serveRequests } from "../server/serve.ts";
import { blockingOutput } from "../server/stdio.ts";
import { DiskStore } from "../server/store/disk-store.ts";
import { parseLimits } from "./arguments/limits.ts";
import type { Command, Input } from "./command.ts";
import { exit } from "./exit.ts";
import { UsageError } from "./failure.ts";
import { chooseStore } from "./files/store-directory.ts";
import { cleanLater } from "./process/clean-later.ts";
import { greetTerminal, refuseProgram, serveCommand } from "./serve-command.ts";

/*
 * go waits for serve's hello in every build, so this file imports only what serve needs. It doesn't read input.signal:
 * a signal ends it at once, which is safe at any point because the store is always consistent.
 */

/** `serve` as go starts it, and as bundles of the library carry it: without the faults, which are half of its size. */
export const plainServe: Command = {
  ...serveCommand,
  async run(input) {
    if (input.options.has("fault"))
      throw new UsageError("--fault needs the installed cacheprogw; a bundle has serve without faults");
    if (input.options.has("gocache"))
      throw new UsageError("--gocache needs the installed cacheprogw; a bundle has serve with a store alone");
    const limits = parseLimits(input.options);
    return serveStore(input, async (store) => {
      const output = blockingOutput();
      await serveRequests(store.handlers, { blocking: true, output });
      // go waits for the end of stdout, and the exit of Bun takes 2 ms more.
      output.end();
      cleanLater(store.directory, limits);
    });
  },
};

/**
 * Opens the store that the command line names, and serves it.
 * @returns the exit code. @throws {UsageError} for invalid input
 */
export async function serveStore(
  { options, program }: Input,
  serve: (store: DiskStore) => Promise<void>,
): Promise<number> {
  refuseProgram(program);
  const dir = chooseStore(options);
  await greetTerminal();
  await serve(DiskStore.open(dir));
  return exit.ok;
}
