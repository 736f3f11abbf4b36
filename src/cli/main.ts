#!/bin/sh
":" //; exec bun --no-env-file --config=/dev/null --tsconfig-override=/dev/null "$0" "$@"
/*
 * A shell reads the two lines above and becomes bun, which sees a string and a comment. go starts this in the directory
 * of a project, whose .env, bunfig.toml and tsconfig.json would otherwise decide which store it is, what is imported, or
 * whether it starts at all. `env -S` would do the same in one line, but BusyBox doesn't know it.
 */
// go waits for the hello of serve at every build: the package has it once more by itself, in a form that starts faster.
if (process.argv[2] === "serve") await import("./only-serve.ts");
else await import("./every-command.ts");
