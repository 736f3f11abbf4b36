import { serve as serveRequests } from "../server/serve.ts";
import { blockingOutput } from "../server/stdio.ts";
import { DiskStore } from "../server/store/disk-store.ts";
import { limitHelp, limitOptions, parseLimits } from "./arguments/limits.ts";
import type { Command, Input } from "./command.ts";
import { exit } from "./exit.ts";
import { UsageError } from "./failure.ts";
import { chooseStore, storeOption } from "./files/store-directory.ts";
import { cleanLater } from "./process/clean-later.ts";
import { tell } from "./terminal/output.ts";
import { isTerminal } from "./terminal/terminal.ts";

/*
 * go waits for serve's hello in every build, so this file imports only what serve needs. It doesn't read input.signal:
 * a signal ends it at once, which is safe at any point because the store is always consistent.
 */

/** What the help says about stores: paragraphs. */
export const aboutStores = `
Any number of go commands can share one directory.

DIR may be missing, empty, or a store; a directory with anything else in it is refused. If the store can't be written,
serve still answers hits, and stores new bodies in TMPDIR until go ends.
${limitHelp}
The store is cleaned in the background after go has ended, at most once a day, or once an hour while it is above SIZE. See
also: cacheprogw stats, cacheprogw clean.
`;

/** `serve` as go starts it, and as bundles of the library carry it: without the faults, which are half of its size. */
export const plainServe: Command = {
  name: "serve",
  summary: "Run a cache program that stores bodies in a directory.",
  synopsis: "[options]",
  options: {
    ...storeOption,
    ...limitOptions,
    fault: { value: "NAME", help: "misbehave in one named way; see below" },
  },
  examples: ['GOCACHEPROG="cacheprogw serve --dir /var/cache/go" go build ./...'],
  details: aboutStores,
  operands: 0,
  async run(input) {
    if (input.options.has("fault"))
      throw new UsageError("--fault needs the installed cacheprogw; a bundle has serve without faults");
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
  if (await isTerminal(0)) {
    tell(
      'this is a cache program, waiting for requests on stdin; go starts it with GOCACHEPROG="cacheprogw serve". Press Ctrl-C or Ctrl-D to quit',
    );
  }
  await serve(DiskStore.open(dir));
  return exit.ok;
}

/** @throws {UsageError} there is a program */
export function refuseProgram(program: Input["program"]): void {
  if (program !== undefined)
    throw new UsageError("serve is a cache program and doesn't start one; remove -- and what follows it");
}
