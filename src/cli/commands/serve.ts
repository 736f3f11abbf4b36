import { statSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { serve as serveRequests } from "../../server/serve.ts";
import { DiskStore } from "../../server/store/disk-store.ts";
import { checkDecoded } from "../../text.ts";
import type { Command } from "../command.ts";
import { exit } from "../exit.ts";
import { Failure, UsageError } from "../failure.ts";
import { home } from "../files/given-path.ts";
import { tell } from "../terminal/output.ts";
import { isTerminal } from "../terminal/terminal.ts";

/*
 * go waits for the hello of serve at every build: nothing is imported here that it can do without. It asks for no
 * signal, and so ends by one as any program does: the store can be left at any point.
 */

export const serve: Command = {
  name: "serve",
  summary: "Is a cache program: keeps bodies in a directory, for go and for this tool.",
  synopsis: "[--dir DIR] [--fault NAME]",
  options: {
    dir: {
      value: "DIR",
      short: "d",
      help: "where to keep them (default: cacheprogw in your cache directory)",
    },
    fault: { value: "NAME", help: "go wrong in one way; see above" },
  },
  details: async () => `
Any number of go commands may use one directory at once:

  GOCACHEPROG="cacheprogw serve --dir /var/cache/go" go build ./...

DIR may be empty, not there yet, or a store; a directory that holds other things is
refused. If the store can't be written, hits are served, and what go puts is kept in
TMPDIR until go ends.

${(await import("../arguments/fault.ts")).faultHelp()}`,
  operands: 0,
  async run({ options, program }) {
    if (program !== undefined)
      throw new UsageError("serve is a cache program itself and starts none; expected no --");
    const name = options.get("fault");
    const fault = name === undefined ? undefined : (await import("../arguments/fault.ts")).findFault(name);
    const dir = options.get("dir") ?? defaultDirectory();
    checkDecoded(dir, "the directory of the store");
    if (isFile(dir)) {
      throw new Failure(`can not keep a store in ${dir}: it is a file; expected a directory`);
    }
    if (await isTerminal(0)) {
      tell(
        'this is a cache program: it waits for requests on stdin, which go writes with GOCACHEPROG="cacheprogw serve". Ctrl-C or Ctrl-D ends it',
      );
    }
    const store = DiskStore.open(dir);
    await (fault === undefined ? serveRequests(store.handlers, { blocking: true }) : fault.run(store));
    return exit.ok;
  },
};

function isFile(path: string): boolean {
  try {
    return !statSync(path).isDirectory();
  } catch {
    return false; // DiskStore makes it, or says why it can not
  }
}

/** Source: os.UserCacheDir, where go keeps its own cache as well, and which refuses the same. */
function defaultDirectory(): string {
  const { XDG_CACHE_HOME, LocalAppData } = process.env;
  if (process.platform === "win32" && LocalAppData) return join(LocalAppData, "cacheprogw");
  if (process.platform === "darwin") return join(home(instead), "Library", "Caches", "cacheprogw");
  if (!XDG_CACHE_HOME) return join(home(instead), ".cache", "cacheprogw");
  if (isAbsolute(XDG_CACHE_HOME)) return join(XDG_CACHE_HOME, "cacheprogw");
  throw new UsageError(
    `the environment variable XDG_CACHE_HOME is the relative path ${XDG_CACHE_HOME}; expected an absolute one, or ${instead}`,
  );
}

const instead = "--dir DIR";
