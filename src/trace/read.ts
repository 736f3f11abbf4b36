import { CacheProgError } from "../errors.ts";
import { reason } from "../trouble.ts";
import type { TraceEvent } from "./events.ts";
import { TraceDecoder } from "./format/decode.ts";

/** The longest line that is read, in characters: that of a large action graph. */
const longestLine = 256 * 1024 * 1024;

/**
 * Reads a trace, event by event, in bounded memory. A last line without its end is left out: the recorder was killed, or
 * is still writing.
 *
 * @param source a path, or anything with bytes, such as a `Bun.file()`
 * @throws (rejects) {CacheProgError} `BAD_TRACE`: it can't be read or isn't a trace; the message has the line
 */
export async function* readTrace(source: string | Blob): AsyncGenerator<TraceEvent, void, undefined> {
  const name = typeof source === "string" ? source : "the trace";
  const blob = typeof source === "string" ? Bun.file(source) : source;
  const decoder = new TraceDecoder();
  let number = 0;
  for await (const line of lines(blob, name)) {
    number++;
    const event = inLine(`${name}, line ${number}`, () => decoder.decode(line));
    if (event !== undefined) yield event;
  }
  if (number === 0) throw new CacheProgError("BAD_TRACE", `${name} is empty; expected a trace`);
}

/** The lines that have an end, without it. */
async function* lines(blob: Blob, name: string): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder();
  let begun = "";
  for await (const chunk of chunks(blob, name)) {
    const text = begun + decoder.decode(chunk, { stream: true });
    if (text.length > longestLine)
      throw new CacheProgError("BAD_TRACE", `${name} has a line of over ${longestLine} characters`);
    let from = 0;
    for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", from)) {
      yield text.slice(from, end);
      from = end + 1;
    }
    begun = text.slice(from);
  }
}

async function* chunks(blob: Blob, name: string): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    for await (const chunk of blob.stream()) yield chunk;
  } catch (cause) {
    throw new CacheProgError("BAD_TRACE", `${name} can't be read: ${reason(cause)}`, { cause });
  }
}

function inLine<T>(where: string, decode: () => T): T {
  try {
    return decode();
  } catch (cause) {
    throw new CacheProgError("BAD_TRACE", `${where}: ${reason(cause)}`, { cause });
  }
}
