import { statSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { serve as serveRequests } from "../../server/serve.ts";
import { DiskStore } from "../../server/store/disk-store.ts";
import { checkDecoded } from "../../text.ts";
import type { Command, Input } from "../command.ts";
import { exit } from "../exit.ts";
import { Failure, UsageError } from "../failure.ts";
import { home } from "../files/given-path.ts";
import { tell } from "../terminal/output.ts";
import { isTerminal } from "../terminal/terminal.ts";

/*
 * go waits for serve's hello in every build, so this file imports only what serve needs. It doesn't read input.signal:
 * a signal ends it at once, which is safe at any point because the store is always consistent.
 */

/** What the help says about stores: paragraphs. */
export const aboutStores = `
Any number of go commands can share one directory.

DIR may be missing, empty, or a store; a directory with anything else in it is refused. If the store can't be written,
serve still answers hits, and stores new bodies in TMPDIR until go ends.
`;

/** `serve` as go starts it, and as bundles of the library carry it: without the faults, which are half of its size. */
export const plainServe: Command = {
  name: "serve",
  summary: "Run a cache program that stores bodies in a directory.",
  synopsis: "[--dir DIR] [--fault NAME]",
  options: {
    dir: {
      value: "DIR",
      short: "d",
      help: "store in DIR (default: cacheprogw in your cache directory)",
    },
    fault: { value: "NAME", help: "misbehave in one named way; see below" },
  },
  examples: ['GOCACHEPROG="cacheprogw serve --dir /var/cache/go" go build ./...'],
  details: aboutStores,
  operands: 0,
  async run(input) {
    if (input.options.has("fault"))
      throw new UsageError("--fault needs the installed cacheprogw; a bundle has serve without faults");
    return serveStore(input, (store) => serveRequests(store.handlers, { blocking: true }));
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
  const dir = options.get("dir") ?? defaultDirectory();
  checkDecoded(dir, "the directory of the store");
  if (isFile(dir)) {
    throw new Failure(`can't store in ${dir}: it is a file; expected a directory`);
  }
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

function isFile(path: string): boolean {
  try {
    return !statSync(path).isDirectory();
  } catch {
    return false; // DiskStore creates it, or says why it can't
  }
}

/** Source: os.UserCacheDir, where go keeps its own cache, and which also refuses a relative path. */
function defaultDirectory(): string {
  const { XDG_CACHE_HOME, LocalAppData } = process.env;
  if (process.platform === "win32" && LocalAppData) return join(LocalAppData, "cacheprogw");
  if (process.platform === "darwin") return join(home(instead), "Library", "Caches", "cacheprogw");
  if (!XDG_CACHE_HOME) return join(home(instead), ".cache", "cacheprogw");
  if (isAbsolute(XDG_CACHE_HOME)) return join(XDG_CACHE_HOME, "cacheprogw");
  throw new UsageError(
    `the environment variable XDG_CACHE_HOME is the relative path ${XDG_CACHE_HOME}; expected it to be absolute, or ${instead}`,
  );
}

const instead = "--dir DIR";
