import { isDevice } from "../terminal/terminal.ts";

/*
 * The output of a command goes through a pipe, so the command can't see whether a terminal will show it, and its result is
 * shown elsewhere later.
 */

/** The environment of a command: with FORCE_COLOR if a terminal shows its output and nothing says otherwise. */
export function commandEnv(
  env: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string | undefined>> {
  const isSaid = env.FORCE_COLOR !== undefined || env.NO_COLOR !== undefined;
  return !isSaid && isTerminal(1) && isTerminal(2) ? { ...env, FORCE_COLOR: "1" } : env;
}

/** What a command printed when it ran, as it's printed now: text without escape sequences, unless a terminal shows it. */
export function asReplayed(stream: 1 | 2, bytes: Uint8Array): Uint8Array {
  if (isTerminal(stream) || !bytes.includes(0x1b)) return bytes;
  try {
    return Buffer.from(
      Bun.stripANSI(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)),
    );
  } catch {
    return bytes; // it isn't text
  }
}

/** node:tty takes long to load, and a file or a pipe needs none of it. */
function isTerminal(fd: 1 | 2): boolean {
  return isDevice(fd) && process.getBuiltinModule("node:tty").isatty(fd);
}
