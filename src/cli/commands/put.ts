import { actionOptions, chooseAction } from "../arguments/action.ts";
import type { Command } from "../command.ts";
import { exit } from "../exit.ts";
import { UsageError } from "../failure.ts";
import { givenPath } from "../files/given-path.ts";
import { spool } from "../files/spool.ts";
import { chooseProgram } from "../process/choose-program.ts";
import { programHelp, programOptions } from "../process/launch.ts";
import { withProgram } from "../process/program.ts";
import { print, printJSON } from "../terminal/output.ts";

export const put: Command = {
  name: "put",
  summary: "Put a file or stdin into a cache program and print its OutputID.",
  synopsis: "[options] (ID | --key TEXT) [FILE] [-- PROGRAM [ARG...]]",
  options: {
    ...actionOptions,
    json: { help: "print one line of JSON: outputID, size, diskPath" },
    ...programOptions,
  },
  examples: [
    "echo hello | cacheprogw put --key greeting -- ./my-cacheprog --dir /tmp/cache",
    "cacheprogw put --key logo logo.png --json",
  ],
  details: `
ID is an action id of 64 hexadecimal digits. The body is FILE, or stdin without FILE or if FILE is -. The OutputID is
the SHA-256 of the body.
${programHelp}`,
  operands: 2,
  async run(input) {
    const { options, signal } = input;
    const { action, file = "-" } = chooseAction(input, true);
    if (file === "") throw new UsageError("FILE is empty; expected the path of a file, or - for stdin");
    const launch = chooseProgram(input);
    await using body = await spool(givenPath(file, "FILE"), signal);
    const { outputID, size, diskPath } = await withProgram(launch, signal, (cache) =>
      cache.put(action, Bun.file(body.path), { signal }),
    );
    const id = outputID.toHex();
    if (options.has("json")) await printJSON({ outputID: id, size, diskPath });
    else await print(`${id}\n`);
    return exit.ok;
  },
};
