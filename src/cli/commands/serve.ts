import { statSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { DiskStore } from "../../server/disk-store.ts";
import { serve as serveRequests } from "../../server/serve.ts";
import type { Command } from "../command.ts";
import { exit } from "../exit.ts";
import { Failure, UsageError } from "../failure.ts";
import { tell } from "../output.ts";
import { isTerminal } from "../terminal.ts";

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

${(await import("../fault.ts")).faultHelp()}`,
  operands: 0,
  async run({ options, program }) {
    if (program !== undefined)
      throw new UsageError("serve is a cache program itself and starts none; expected no --");
    const name = options.get("fault");
    const fault = name === undefined ? undefined : (await import("../fault.ts")).findFault(name);
    const dir = options.get("dir") ?? defaultDirectory();
    if (isFile(dir)) {
      throw new Failure(`can not keep a store in ${dir}: it is a file; expected a directory`);
    }
    if (await isTerminal(0)) {
      tell(
        'this is a cache program: it waits for requests on stdin, which go writes with GOCACHEPROG="cacheprogw serve". Ctrl-C or Ctrl-D ends it',
      );
    }
    const store = DiskStore.open(dir);
    await (fault === undefined ? serveRequests(store, { blocking: true }) : fault.play(store));
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
  const parent =
    process.platform === "darwin"
      ? join(home(), "Library", "Caches")
      : XDG_CACHE_HOME || join(home(), ".cache");
  if (!isAbsolute(parent)) {
    throw new UsageError(
      `the environment variable XDG_CACHE_HOME is the relative path ${parent}; expected --dir DIR`,
    );
  }
  return join(parent, "cacheprogw");
}

/** Where HOME is unset, what the system knows of the user. */
function home(): string {
  const path = homedir();
  if (path === "") throw new UsageError("there is no home directory to keep a store in; expected --dir DIR");
  return path;
}
