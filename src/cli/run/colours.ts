import { isDevice } from "../terminal/terminal.ts";

/** Whether a stream of ours is a terminal that shows colours. */
function showsColours(fd: 1 | 2): boolean {
  return isDevice(fd) && process.env.TERM !== "dumb" && process.getBuiltinModule("node:tty").isatty(fd);
}

/**
 * Variables that make commands print colours, because their output goes through a pipe: if all of it goes to terminals,
 * and the user hasn't chosen.
 */
export function colourVariables(streams: readonly (1 | 2)[]): Readonly<Record<string, string>> {
  const { FORCE_COLOR, NO_COLOR } = process.env;
  const isChosen = FORCE_COLOR !== undefined || NO_COLOR !== undefined;
  return !isChosen && streams.every(showsColours) ? { FORCE_COLOR: "1" } : {};
}

/**
 * What a command printed when it ran, for a stream of this run: without escape sequences unless that is a terminal, or
 * FORCE_COLOR asks for them. Bytes that aren't UTF-8 stay as they are.
 */
export function replayed(fd: 1 | 2, bytes: Uint8Array): Uint8Array {
  const { FORCE_COLOR = "0" } = process.env;
  const isPlain = !bytes.includes(0x1b) && !bytes.includes(0xc2); // U+009B and others begin with 0xc2
  if (isPlain || showsColours(fd) || !["0", "false"].includes(FORCE_COLOR)) return bytes;
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return new TextEncoder().encode(Bun.stripANSI(text));
  } catch {
    return bytes;
  }
}
