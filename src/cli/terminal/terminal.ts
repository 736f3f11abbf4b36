import { fstatSync } from "node:fs";
import { Failure } from "../failure.ts";

/** Whether a file descriptor is a terminal. */
export async function isTerminal(fd: 0 | 1): Promise<boolean> {
  // A pipe can be recognised without node:tty, which takes as long to load as all of serve.
  return isDevice(fd) && (await import("node:tty")).isatty(fd);
}

/** Whether a file descriptor may be a terminal. It isn't if it's a file, a pipe or closed. */
export function isDevice(fd: number): boolean {
  try {
    return fstatSync(fd).isCharacterDevice();
  } catch {
    return false; // it is closed
  }
}

/**
 * Passes a body on, unless stdout is a terminal and the body would garble it.
 *
 * @throws {Failure} if stdout is a terminal and the body doesn't begin like text; nothing is passed on then
 */
export async function* onlyText(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let isFirst = await isTerminal(1);
  for await (const chunk of body) {
    if (isFirst && !isText(chunk)) {
      throw new Failure(
        "the body isn't text, so it isn't shown on a terminal; write it to a file with -o FILE, or use -o -",
      );
    }
    isFirst = false;
    yield chunk;
  }
}

/** Whether a first chunk is well-formed UTF-8 without control characters other than whitespace. */
function isText(chunk: Uint8Array): boolean {
  try {
    // As a stream: the chunk may end in the middle of a character.
    const text = new TextDecoder("utf-8", { fatal: true }).decode(chunk, { stream: true });
    return !/[\p{Cc}--[\t\n\f\r]]/v.test(text);
  } catch {
    return false;
  }
}
