import { limitHelp, limitOptions } from "./arguments/limits.ts";
import type { Command, Input } from "./command.ts";
import { UsageError } from "./failure.ts";
import { storeOption } from "./files/store-directory.ts";
import { tell } from "./terminal/output.ts";
import { isTerminal } from "./terminal/terminal.ts";

/** What the help says about stores: paragraphs. */
export const aboutStores = `
Any number of go commands can share one directory.

DIR may be missing, empty, or a store; a directory with anything else in it is refused. If the store can't be written,
serve still answers hits, and stores new bodies in TMPDIR until go ends.
${limitHelp}
The store is cleaned in the background after go has ended, at most once a day, or once an hour while it is above SIZE. See
also: cacheprogw stats, cacheprogw clean.

With --gocache, DIR is go's own build cache, in go's own format: go finds in it what serve puts, and the other way round,
so you can watch or share the cache that you have. By default it's what \`go env GOCACHE\` prints; a missing or empty DIR
becomes a cache of go. serve removes nothing there and has no limits: go does that itself, whenever it runs without a
cache program.
`;

/** `serve`, but for what it does. */
export const serveCommand: Omit<Command, "run"> = {
  name: "serve",
  summary: "Run a cache program that stores bodies in a directory.",
  synopsis: "[options]",
  options: {
    ...storeOption,
    gocache: { help: "read and write go's own build cache: that in DIR, or else in GOCACHE" },
    ...limitOptions,
    fault: { value: "NAME", help: "misbehave in one named way; see below" },
  },
  examples: [
    'GOCACHEPROG="cacheprogw serve --dir /var/cache/go" go build ./...',
    'GOCACHEPROG="cacheprogw serve --gocache" go build ./...',
  ],
  details: aboutStores,
  operands: 0,
};

/** Tells somebody who has typed the command in a terminal what it waits for. */
export async function greetTerminal(): Promise<void> {
  if (!(await isTerminal(0))) return;
  tell(
    'this is a cache program, waiting for requests on stdin; go starts it with GOCACHEPROG="cacheprogw serve". Press Ctrl-C or Ctrl-D to quit',
  );
}

/** @throws {UsageError} there is a program */
export function refuseProgram(program: Input["program"]): void {
  if (program !== undefined)
    throw new UsageError("serve is a cache program and doesn't start one; remove -- and what follows it");
}
