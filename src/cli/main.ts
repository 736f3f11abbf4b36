#!/bin/sh
":" //; exec bun --no-env-file --config=/dev/null --tsconfig-override=/dev/null "$0" "$@"
/*
 * A shell reads the two lines above and becomes bun, which sees a string and a comment. go starts this in the directory
 * of a project, whose .env, bunfig.toml and tsconfig.json would otherwise decide which store it is, what is imported, or
 * whether it starts at all. `env -S` would do the same in one line, but BusyBox doesn't know it.
 */
import { dispatch } from "./dispatch.ts";
import { report } from "./error-report.ts";
import { Interrupt } from "./process/interrupt.ts";

// Whatever nobody caught is a mistake, and not to be taken for a miss, which has the code that Bun would exit with.
for (const event of ["uncaughtException", "unhandledRejection"]) {
  process.on(event, (error) => process.exit(report(error)));
}

const interrupt = new Interrupt();
try {
  process.exitCode = await dispatch(process.argv.slice(2), interrupt);
} catch (error) {
  process.exitCode = interrupt.exitCode ?? report(error);
}
// A read or write that was left to itself would keep the process alive.
if (interrupt.exitCode !== undefined) process.exit(interrupt.exitCode);
