import { goCacheDirectory } from "../server/gocache/default-directory.ts";
import { GoCache } from "../server/gocache/go-cache.ts";
import { serve } from "../server/serve.ts";
import { blockingOutput } from "../server/stdio.ts";
import { checkDecoded } from "../text.ts";
import type { Command } from "./command.ts";
import { exit } from "./exit.ts";
import { UsageError } from "./failure.ts";
import { greetTerminal, refuseProgram, serveCommand } from "./serve-command.ts";

/** `serve --gocache`. Like plain serve, it's loaded alone, because go waits for its hello in every build. */
export const goCacheServe: Command = {
  ...serveCommand,
  async run({ options, program }) {
    refuseProgram(program);
    for (const [name, why] of Object.entries(apart))
      if (options.has(name)) throw new UsageError(`--gocache can't be combined with --${name}: ${why}`);
    const directory = options.get("dir") ?? goCacheDirectory();
    checkDecoded(directory, "the directory of go's cache");
    await greetTerminal();
    const output = blockingOutput();
    await serve(GoCache.open(directory).handlers, { blocking: true, output });
    // go waits for the end of stdout, and the exit of Bun takes 2 ms more.
    output.end();
    return exit.ok;
  },
};

const itself = "go trims its cache itself";
const apart = { fault: "it needs a store", "max-size": itself, "max-age": itself };
