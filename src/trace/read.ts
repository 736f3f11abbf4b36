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
  for await (const events of readEvents(source)) yield* events;
}

/** Like {@link readTrace}, with the events of a piece of the file at once: a promise for each takes as long as decoding it. */
export async function* readEvents(
  source: string | Blob,
): AsyncGenerator<readonly TraceEvent[], void, undefined> {
  const name = typeof source === "string" ? source : "the trace";
  const blob = typeof source === "string" ? Bun.file(source) : source;
  const decoder = new TraceDecoder();
  let number = 0;
  for await (const piece of lines(blob, name)) {
    const events: TraceEvent[] = [];
    for (const line of piece) {
      number++;
      const event = inLine(name, number, () => decoder.decode(line));
      if (event !== undefined) events.push(event);
    }
    yield events;
  }
  if (number === 0) throw new CacheProgError("BAD_TRACE", `${name} is empty; expected a trace`);
}

/** The lines that have an end, without it: those of each piece of the file. */
async function* lines(blob: Blob, name: string): AsyncGenerator<readonly string[], void, undefined> {
  const decoder = new TextDecoder();
  let begun = "";
  for await (const chunk of chunks(blob, name)) {
    const [first = "", ...more] = decoder.decode(chunk, { stream: true }).split("\n");
    const last = more.pop();
    if (last !== undefined) yield [begun + first, ...more];
    begun = last ?? begun + first;
    if (begun.length > longestLine)
      throw new CacheProgError("BAD_TRACE", `${name} has a line of over ${longestLine} characters`);
  }
}

async function* chunks(blob: Blob, name: string): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    for await (const chunk of blob.stream()) yield chunk;
  } catch (cause) {
    throw new CacheProgError("BAD_TRACE", `${name} can't be read: ${reason(cause)}`, { cause });
  }
}

function inLine<T>(name: string, number: number, decode: () => T): T {
  try {
    return decode();
  } catch (cause) {
    throw new CacheProgError("BAD_TRACE", `${name}, line ${number}: ${reason(cause)}`, { cause });
  }
}
