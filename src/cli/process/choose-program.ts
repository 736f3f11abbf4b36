import { builtin } from "../../client/process/builtin-program.ts";
import type { Input } from "../command.ts";
import { type Launch, namedProgram, parseTimeouts } from "./launch.ts";

/**
 * Finds the program to start, without starting it: the one that is named, or else the built-in one. `run` has that in its
 * own process, and doesn't load this file.
 *
 * @throws {UsageError} if no program follows `--`, a quote isn't closed, or --timeout is out of range
 * @throws {NotStarted} if the program doesn't exist or isn't executable
 */
export function chooseProgram(input: Input): Launch {
  const name = "cacheprogw serve (built in)";
  const timeouts = parseTimeouts(input.options.get("timeout"));
  return namedProgram(input) ?? { argv: builtin, name, isReference: true, timeouts };
}
