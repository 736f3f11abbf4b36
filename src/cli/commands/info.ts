import { legible } from "../../safe-text.ts";
import type { Command } from "../command.ts";
import { exit } from "../exit.ts";
import { chooseProgram } from "../process/choose-program.ts";
import { programHelp, programOptions } from "../process/launch.ts";
import { withProgram } from "../process/program.ts";
import { print, printJSON } from "../terminal/output.ts";

export const info: Command = {
  name: "info",
  summary: "Start a cache program and show what it declares and how fast it starts.",
  synopsis: "[options] [-- PROGRAM [ARG...]]",
  options: {
    json: { help: "print one line of JSON: program, pid, commands, handshake (ms)" },
    ...programOptions,
  },
  examples: ["cacheprogw info -- ./my-cacheprog --dir /tmp/cache", "cacheprogw info --json"],
  details: programHelp,
  operands: 0,
  async run(input) {
    const launch = chooseProgram(input);
    const started = performance.now();
    const { pid, commands, handshake } = await withProgram(launch, input.signal, async (cache) => ({
      handshake: Math.round((performance.now() - started) * 10) / 10,
      pid: cache.pid,
      commands: [...cache.commands],
    }));
    if (input.options.has("json")) await printJSON({ program: launch.argv, pid, commands, handshake });
    else {
      const words = commands.join(" ");
      await print(legible(`program    ${launch.name}\ncommands   ${words}\nhandshake  ${handshake} ms\n`));
    }
    return exit.ok;
  },
};
