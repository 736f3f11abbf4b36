#!/bin/sh
":" //; exec bun --no-env-file --config=/dev/null --tsconfig-override=/dev/null "$0" "$@"
/*
 * The entry point of the command line. A shell runs the two lines above and becomes bun, which sees a string and a
 * comment. go starts this file in the directory of a project, whose .env, bunfig.toml and tsconfig.json must not choose
 * the store, change the imports, or keep it from starting. `env -S` would do the same in one line, but BusyBox's env
 * doesn't have -S.
 */
const [name, ...words] = process.argv.slice(2);
const isPlain = name === "serve" && !words.some((word) => /^(-h$|--help|--fault)/.test(word));
const end = words.indexOf("--");
const isHelp = (end < 0 ? words : words.slice(0, end)).some((word) => /^(-h|--help)$/.test(word));
// go waits for the hello of serve and of record in every build, and a script for each of its steps. So the package also has
// these, and run without its help, as bundles of their own, which start faster: require loads them without starting threads.
if (isPlain && words.includes("--gocache")) require("./only-gocache.ts");
else if (isPlain) require("./only-serve.ts");
else if (name === "run" && !isHelp) require("./only-run.ts");
else if (name === "record" && !isHelp) require("./only-record.ts");
// Not awaited: if it never settled, Bun would wait forever instead of running out of work, which is reported.
else void import("./start.ts").then(({ start }) => start());

export {};
