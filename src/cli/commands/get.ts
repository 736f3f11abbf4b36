import type { Entry } from "../../client/entry.ts";
import { actionOptions, chooseAction } from "../arguments/action.ts";
import type { Command } from "../command.ts";
import { exit } from "../exit.ts";
import { UsageError } from "../failure.ts";
import { checkTarget } from "../files/file-target.ts";
import { bodyOf, findEntry } from "../files/hit.ts";
import { replaceFile } from "../files/replace-file.ts";
import { chooseProgram } from "../process/choose-program.ts";
import { programHelp, programOptions } from "../process/launch.ts";
import { withProgram } from "../process/program.ts";
import { print, printJSON, tell } from "../terminal/output.ts";
import { onlyText } from "../terminal/terminal.ts";

export const get: Command = {
  name: "get",
  summary: "Get a body from a cache program and write it to stdout or a file.",
  synopsis: "[options] (ID | --key TEXT) [-- PROGRAM [ARG...]]",
  options: {
    output: {
      value: "FILE",
      short: "o",
      help: "write the body to FILE, all or nothing; - is stdout",
    },
    ...actionOptions,
    json: {
      help: "print one line of JSON: hit, outputID, size, time and diskPath, or of a miss only hit, and why go wouldn't use it; the body is only written with -o FILE",
    },
    ...programOptions,
  },
  examples: [
    "cacheprogw get --key greeting -- ./my-cacheprog --dir /tmp/cache",
    "cacheprogw get --key greeting -o greeting.txt --json",
  ],
  details: `
ID is an action id of 64 hexadecimal digits.

A hit that go wouldn't use is a miss: its file is missing, doesn't have the length Size says, or doesn't have the
SHA-256 that OutputID says.
${programHelp}`,
  exitCodes: [
    [exit.ok, "hit"],
    [exit.miss, "miss"],
    [exit.usage, "usage error; nothing was run"],
    [exit.failed, "the program died, refused or took too long, or the body couldn't be written"],
    [exit.internal, "internal error (a bug in cacheprogw)"],
    [exit.notStarted, "the program couldn't be started, or never said hello"],
  ],
  operands: 1,
  async run(input) {
    const { options, signal } = input;
    const { action } = chooseAction(input, false);
    const json = options.has("json");
    const output = options.get("output");
    const toStdout = output === "-" || output === "/dev/stdout";
    if (json && toStdout) {
      throw new UsageError("stdout can't take both the body and the JSON; use -o FILE with --json");
    }
    const target = toStdout ? undefined : output;
    const launch = chooseProgram(input);
    if (target !== undefined) await checkTarget(target);
    return withProgram(launch, signal, async (cache) => {
      const { entry, reason } = await findEntry(cache, action, signal);
      if (entry === undefined) {
        if (json) await printJSON({ hit: false, ...(reason === undefined ? {} : { reason }) });
        else tell(reason === undefined ? "miss" : `miss: ${reason}`);
        return exit.miss;
      }
      const body = bodyOf(entry);
      if (target !== undefined) await replaceFile(target, body);
      else if (!json) {
        for await (const chunk of toStdout ? body : onlyText(body)) await print(chunk, signal);
      }
      if (json) await printJSON(describe(entry));
      return exit.ok;
    });
  },
};

function describe({ outputID, size, time, diskPath }: Entry): object {
  return { hit: true, outputID: outputID.toHex(), size, time: time.toString(), diskPath };
}
