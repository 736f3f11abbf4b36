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
// go waits for serve's hello in every build, so the package also has plain serve as a bundle of its own, which starts
// faster: require loads it without starting threads.
if (isPlain) require("./only-serve.ts");
else await (await import("./start.ts")).start();
