import { fstatSync } from "node:fs";
import { Failure } from "../failure.ts";

/** Whether a person sits at the other end. */
export async function isTerminal(fd: 0 | 1): Promise<boolean> {
  // What a pipe is can be seen without node:tty, which takes as long to load as all of serve.
  return isDevice(fd) && (await import("node:tty")).isatty(fd);
}

function isDevice(fd: number): boolean {
  try {
    return fstatSync(fd).isCharacterDevice();
  } catch {
    return false; // it is closed
  }
}

/**
 * Passes a body on, unless stdout is a terminal that it would leave unreadable.
 *
 * @throws {Failure} for a body that does not begin like a text, before anything of it is passed on
 */
export async function* onlyText(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let isFirst = await isTerminal(1);
  for await (const chunk of body) {
    if (isFirst && !isText(chunk)) {
      throw new Failure(
        "the body is no text to show on a terminal; write it to a file with -o FILE, or use -o -",
      );
    }
    isFirst = false;
    yield chunk;
  }
}

/** Whether it begins well-formed UTF-8 without control characters, but for those that texts have. */
function isText(chunk: Uint8Array): boolean {
  try {
    // A stream, since the chunk may end within a character.
    const text = new TextDecoder("utf-8", { fatal: true }).decode(chunk, { stream: true });
    return !/[\p{Cc}--[\t\n\f\r]]/v.test(text);
  } catch {
    return false;
  }
}
