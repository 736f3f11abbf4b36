/*
 * The built-in program, `cacheprogw serve`, as a command. In the sources and in the package it is a file. If a bundler
 * has moved this module into a user's file, that file wouldn't be there, so the command then has the program itself as an
 * argument: nothing has to be found, and no temporary file has to be written or removed.
 */

/** serve as JavaScript for `bun -e`. The build defines it. */
declare const programText: string;

const nullDevice = process.platform === "win32" ? String.raw`\\.\nul` : "/dev/null";
/**
 * Options that make bun ignore the working directory: go starts a cache program in the project's directory, whose .env,
 * bunfig.toml and tsconfig.json are meant for the project. The first lines of main.ts have the same options.
 */
const alone = ["--no-env-file", `--config=${nullDevice}`, `--tsconfig-override=${nullDevice}`];

/**
 * Whether this module is in a CommonJS bundle. There Bun has replaced import.meta.path by the path that the module had on
 * the machine that made the bundle; on another one, anybody may have put a file there. A CommonJS module is a function,
 * so only in one are there arguments.
 */
// @ts-expect-error: TypeScript knows that a module has none
// biome-ignore lint/complexity/noArguments: there is no function here whose parameters could be named
const isCommonJS = typeof arguments !== "undefined";
/** The folder of src or dist, with a slash, and the extension of its files. No match if this module has been bundled. */
const place = /^(.*[/\\])client[/\\]process[/\\]builtin-program(\.[jt]s)$/.exec(
  isCommonJS ? "" : import.meta.path,
);

/**
 * bun, from within a program that runs on it. An executable made by `bun build --compile` acts as bun if BUN_BE_BUN is
 * set; then that may have been set only for this process. A shell sets it, because env would take a path with "=" in it for
 * a variable.
 */
const bun =
  Bun.isStandaloneExecutable || process.env.BUN_BE_BUN !== undefined
    ? ["/bin/sh", "-c", 'BUN_BE_BUN=1 exec "$0" "$@"', process.execPath]
    : [process.execPath];

/** The command that starts cacheprogw again, from any directory. In a bundle it has serve alone. */
export const ourselves: readonly string[] = Object.freeze([...bun, ...alone, ...program()]);

/**
 * The command that starts the built-in cache program, `cacheprogw serve`: this process's bun, the options that make it
 * ignore the `.env`, `bunfig.toml` and `tsconfig.json` of the directory it runs in, and the program. You can add
 * arguments: `CacheProg.start([...builtin, "--dir", dir])`.
 *
 * In a bundle or an executable made by `bun build`, the program is itself an argument of the command, of about 20 kB.
 * There it has no `--fault`.
 */
export const builtin: readonly string[] = Object.freeze([...ourselves, "serve"]);

function program(): readonly string[] {
  if (place !== null) return [`${place[1]}cli/main${place[2]}`];
  if (typeof programText === "string") return ["-e", programText];
  const wrong =
    "cacheprogw: a bundle of the sources has no built-in program; bundle the package, or name a program";
  return ["-e", `console.error(${JSON.stringify(wrong)}); process.exit(3)`];
}
