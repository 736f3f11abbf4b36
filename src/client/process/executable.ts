import { absolutePath } from "../../absolute-path.ts";
import { CacheProgError } from "../../errors.ts";
import { checkText, shownPath } from "../../text.ts";
import { hasCode, reason } from "../../trouble.ts";
import { joinCommand } from "../../wire/command-line.ts";

/*
 * The modules of node: are loaded where they are needed: node:fs alone takes 2 ms (Bun 1.4.5), in which a program that is
 * given by its absolute path, such as the built-in one, could be starting.
 */

/** The longest path a file can have, in characters: Linux's PATH_MAX. Bun.which throws for longer ones. */
const longestPath = 4_096;

/** The program's environment and working directory. */
interface Place {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string | undefined;
}

/**
 * Finds the file to run. A name without a slash is looked up in the program's PATH. Any other relative path starts at
 * this process's working directory, not the program's. Source: os/exec.LookPath, which go uses.
 *
 * @throws {ArgumentError} for an argument that can't be encoded as UTF-8
 * @throws {CacheProgError} `BAD_COMMAND`, `START_FAILED`
 */
export function findExecutable(argv: readonly string[], where: Place, name: string): string {
  const program = argv[0];
  if (program === undefined || program === "") {
    throw new CacheProgError("BAD_COMMAND", "the command is empty; expected a program and its arguments");
  }
  if (argv.some((argument) => argument.includes("\0"))) {
    throw new CacheProgError(
      "BAD_COMMAND",
      `the command ${JSON.stringify(name)} contains a NUL character, which an argument can't contain`,
    );
  }
  for (const argument of argv) checkText(argument, "the command");
  if (where.cwd !== undefined && !isDirectory(where.cwd)) {
    throw startFailed(
      name,
      `its working directory ${shownPath(where.cwd)} doesn't exist or isn't a directory`,
    );
  }
  // Only a regular file that we may execute has its own path as the answer.
  if (program.startsWith("/") && program.length <= longestPath && Bun.which(program) === program)
    return program;
  if (!program.includes("/")) {
    const { PATH = "" } = where.env;
    // Bun.which throws for a name longer than a path can be.
    const found = program.length > 255 ? null : Bun.which(program, { PATH: absoluteParts(PATH) });
    if (found === null) throw startFailed(name, `there is no executable ${shownPath(program)} in PATH`);
    return found;
  }
  const { accessSync, constants, statSync } = process.getBuiltinModule("node:fs");
  const path = process.getBuiltinModule("node:path").isAbsolute(program)
    ? program
    : absolutePath(program, workingDirectory(name));
  try {
    if (statSync(path).isDirectory())
      throw startFailed(name, `${path} is a directory; expected an executable file`);
    accessSync(path, constants.X_OK);
  } catch (cause) {
    if (cause instanceof CacheProgError) throw cause;
    if (hasCode(cause, "EACCES"))
      throw startFailed(
        name,
        `${path} is not executable; name its interpreter first, or run chmod +x`,
        cause,
      );
    if (hasCode(cause, "ENOENT")) throw startFailed(name, `there is no file ${shownPath(path)}`, cause);
    throw startFailed(name, reason(cause), cause);
  }
  return path;
}

/** PATH without its relative parts: go doesn't run a program found through one. Source: os/exec.ErrDot */
function absoluteParts(path: string): string {
  const { delimiter, isAbsolute } = process.getBuiltinModule("node:path");
  return path.split(delimiter).filter(isAbsolute).join(delimiter);
}

/** Throws if the working directory was deleted; path.resolve alone would use Bun's own directory (Bun 1.4.5). */
function workingDirectory(name: string): string {
  try {
    return process.cwd();
  } catch (cause) {
    throw startFailed(name, "the working directory was deleted; expected an absolute path", cause);
  }
}

function isDirectory(path: string): boolean {
  try {
    return process.getBuiltinModule("node:fs").statSync(path).isDirectory();
  } catch {
    return false;
  }
}

export function startFailed(name: string, why: string, cause?: unknown): CacheProgError {
  return new CacheProgError("START_FAILED", `can't start the cache program ${name}: ${why}`, { cause });
}

/** The command as shown in messages: quoted as in GOCACHEPROG if possible, and cut to 100 characters. */
export function programName(argv: readonly string[]): string {
  let name: string;
  try {
    name = joinCommand(argv);
  } catch {
    name = argv.join(" "); // GOCACHEPROG can't express an argument with both kinds of quotes, but it can be passed
  }
  return name.length <= 100 ? name : `${name.slice(0, 99)}…`;
}
