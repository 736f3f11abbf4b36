import { accessSync, constants, statSync } from "node:fs";
import { delimiter, isAbsolute } from "node:path";
import { absolutePath } from "../../absolute-path.ts";
import { CacheProgError } from "../../errors.ts";
import { checkText, shownPath } from "../../text.ts";
import { hasCode, reason } from "../../trouble.ts";
import { joinCommand } from "../../wire/command-line.ts";

/** What a lookup depends on. */
interface Where {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string | undefined;
}

/**
 * The file to run. A name without a slash is looked up in the program's PATH; any other path counts from this
 * process's working directory, not from the program's. Source: os/exec.LookPath, which go uses.
 *
 * @throws {ArgumentError} for an argument that has no form as bytes
 * @throws {CacheProgError} `BAD_COMMAND`, `START_FAILED`
 */
export function findExecutable(argv: readonly string[], where: Where, name: string): string {
  const program = argv[0];
  if (program === undefined || program === "") {
    throw new CacheProgError("BAD_COMMAND", "the command is empty; expected a program and its arguments");
  }
  if (argv.some((argument) => argument.includes("\0"))) {
    throw new CacheProgError(
      "BAD_COMMAND",
      `the command ${JSON.stringify(name)} has a NUL character, which no program can be given`,
    );
  }
  for (const argument of argv) checkText(argument, "the command");
  if (where.cwd !== undefined && !isDirectory(where.cwd)) {
    throw startFailed(
      name,
      `its working directory ${shownPath(where.cwd)} is not there or is not a directory`,
    );
  }
  if (!program.includes("/")) {
    const { PATH = "" } = where.env;
    // Bun throws for a name that is longer than a path can be.
    const found = program.length > 255 ? null : Bun.which(program, { PATH: absoluteParts(PATH) });
    if (found === null) throw startFailed(name, `there is no executable ${shownPath(program)} in PATH`);
    return found;
  }
  const path = isAbsolute(program) ? program : absolutePath(program, workingDirectory(name));
  try {
    if (statSync(path).isDirectory())
      throw startFailed(name, `${path} is a directory; expected an executable file`);
    accessSync(path, constants.X_OK);
  } catch (cause) {
    if (cause instanceof CacheProgError) throw cause;
    if (hasCode(cause, "EACCES")) throw startFailed(name, `${path} is not executable`, cause);
    if (hasCode(cause, "ENOENT")) throw startFailed(name, `there is no file ${shownPath(path)}`, cause);
    throw startFailed(name, reason(cause), cause);
  }
  return path;
}

/** PATH without what depends on where one stands: go runs nothing that it finds there. Source: os/exec.ErrDot */
function absoluteParts(path: string): string {
  return path.split(delimiter).filter(isAbsolute).join(delimiter);
}

/** What a relative path counts from. Where it was deleted, resolve alone takes the directory of Bun for it (Bun 1.4.5). */
function workingDirectory(name: string): string {
  try {
    return process.cwd();
  } catch (cause) {
    throw startFailed(name, "the working directory was deleted; expected an absolute path", cause);
  }
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

export function startFailed(name: string, why: string, cause?: unknown): CacheProgError {
  return new CacheProgError("START_FAILED", `can not start the cache program ${name}: ${why}`, { cause });
}

/** The command for people: quoted as in GOCACHEPROG where that can be, and cut. */
export function programName(argv: readonly string[]): string {
  let name: string;
  try {
    name = joinCommand(argv);
  } catch {
    name = argv.join(" "); // an argument with both quotes has no form in GOCACHEPROG, but it can be started
  }
  return name.length <= 100 ? name : `${name.slice(0, 99)}…`;
}
