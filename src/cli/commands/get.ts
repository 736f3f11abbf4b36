import type { Entry } from "../../client/entry.ts";
import { actionOptions, chooseAction } from "../arguments/action.ts";
import type { Command } from "../command.ts";
import { exit } from "../exit.ts";
import { UsageError } from "../failure.ts";
import { checkTarget } from "../files/file-target.ts";
import { bodyOf, findEntry } from "../files/hit.ts";
import { replaceFile } from "../files/replace-file.ts";
import { chooseProgram, programHelp, programOptions } from "../process/launch.ts";
import { withProgram } from "../process/program.ts";
import { print, printJSON, tell } from "../terminal/output.ts";
import { onlyText } from "../terminal/terminal.ts";

export const get: Command = {
  name: "get",
  summary: "Gets a body from a cache program, and writes it to stdout or to a file.",
  synopsis: "[options] (ID | --key TEXT) [-- PROGRAM [ARG...]]",
  options: {
    output: {
      value: "FILE",
      short: "o",
      help: "write the body to FILE, which is replaced whole or not at all; - is stdout",
    },
    ...actionOptions,
    json: {
      help: "write one line of JSON to stdout: hit, outputID, size, time, diskPath, or why it is no hit; the body goes only to the FILE of -o",
    },
    ...programOptions,
  },
  details: `
ID is an action id of 64 hexadecimal digits. The exit code is 1 on a miss. A hit whose file go would not use is a miss
as well: one that is not there, is not as long as its Size, or whose SHA-256 is not its OutputID.
${programHelp}`,
  operands: 1,
  async run(input) {
    const { options, signal } = input;
    const { action } = chooseAction(input, false);
    const json = options.has("json");
    const output = options.get("output");
    const toStdout = output === "-" || output === "/dev/stdout";
    if (json && toStdout) {
      throw new UsageError("stdout can not take both the body and the JSON; expected -o FILE with --json");
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
