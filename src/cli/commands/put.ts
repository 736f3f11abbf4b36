import { actionOptions, chooseAction } from "../arguments/action.ts";
import type { Command } from "../command.ts";
import { exit } from "../exit.ts";
import { UsageError } from "../failure.ts";
import { givenPath } from "../files/given-path.ts";
import { spool } from "../files/spool.ts";
import { chooseProgram, programHelp, programOptions } from "../process/launch.ts";
import { withProgram } from "../process/program.ts";
import { print, printJSON } from "../terminal/output.ts";

export const put: Command = {
  name: "put",
  summary: "Puts a file, or what comes on stdin, into a cache program.",
  synopsis: "[options] (ID | --key TEXT) [FILE] [-- PROGRAM [ARG...]]",
  options: {
    ...actionOptions,
    json: { help: "write one line of JSON to stdout: outputID, size, diskPath" },
    ...programOptions,
  },
  details: `
ID is an action id of 64 hexadecimal digits. Without FILE, or where it is -, the body comes from stdin. What is written
to stdout is the OutputID, the SHA-256 of the body.
${programHelp}`,
  operands: 2,
  async run(input) {
    const { options, signal } = input;
    const { action, file = "-" } = chooseAction(input, true);
    if (file === "")
      throw new UsageError("the name of the body's file is empty; expected a file, or - for stdin");
    const launch = chooseProgram(input);
    await using body = await spool(givenPath(file, "the file of the body"), signal);
    const { outputID, size, diskPath } = await withProgram(launch, signal, (cache) =>
      cache.put(action, Bun.file(body.path), { signal }),
    );
    const id = outputID.toHex();
    if (options.has("json")) await printJSON({ outputID: id, size, diskPath });
    else await print(`${id}\n`);
    return exit.ok;
  },
};
