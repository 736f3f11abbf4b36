import { read as readFile } from "node:fs";
import { promisify } from "node:util";
import { standardInput } from "../../server/stdio.ts";

const read = promisify(readFile);

const quote = 0x22;

/** An input with each piece changed; null ends it. A piece is a string with one character for each byte. */
export async function* changedInput(
  change: (piece: string) => string | null | Promise<string | null>,
  input: AsyncIterable<Uint8Array> = standardInput(),
): AsyncGenerator<Uint8Array> {
  for await (const piece of input) {
    const changed = await change(Buffer.from(piece).toString("latin1"));
    if (changed === null) return;
    yield Buffer.from(changed, "latin1");
  }
}

/** stdin, and a promise that resolves at its end, even if it isn't read to there. Keeps the process alive. */
export function watchedInput(): { input: AsyncIterable<Uint8Array>; end: Promise<void> } {
  const [input, watched] = Bun.stdin.stream().tee();
  const watch = async () => {
    const reader = watched.getReader();
    while (!(await reader.read()).done);
  };
  return { input, end: watch() };
}

/** stdin; `atEnd` is called before the reader sees the end. */
export async function* inputWithEnd(atEnd: () => void): AsyncGenerator<Uint8Array> {
  yield* standardInput();
  atEnd();
}

/** stdin in reads of up to 4,096 bytes. Ends at a read that starts or ends within a request; bodies may be split. */
export async function* wholeReads(): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(4096);
  for (let isInBody = false; ; ) {
    const { bytesRead } = await read(0, buffer, 0, buffer.length, null);
    const text = Buffer.from(buffer.subarray(0, bytesRead)).toString("latin1");
    const end: number = isInBody ? text.indexOf('"') : -1;
    isInBody &&= end === -1;
    const requests = isInBody ? "" : text.slice(end + 1);
    isInBody ||= /(^|\n)"[^"]*$/.test(requests);
    const isWhole = isInBody || requests === "" || (/^[\n{"]/.test(requests) && requests.endsWith("\n"));
    if (bytesRead === 0 || !isWhole) return;
    yield buffer.slice(0, bytesRead);
  }
}

/** stdin; the process exits at a line of more than `longest` bytes. */
export function limitedLines(longest: number): AsyncGenerator<Uint8Array> {
  let length = 0;
  return changedInput((piece) => {
    const [first = "", ...rest] = piece.split("\n");
    const lengths = [length + first.length, ...rest.map((line) => line.length)];
    length = lengths.at(-1) ?? 0;
    if (lengths.some((line) => line > longest)) process.exit(1);
    return piece;
  });
}

/** Whether a piece belongs to requests, not to a body. */
export function isOfRequests(piece: string): boolean {
  return piece.length < 4096 && piece.charCodeAt(0) !== quote;
}

/** Never resolves, and keeps the process alive. */
export function forever(): Promise<never> {
  return new Promise(() => {
    setInterval(() => {}, 2 ** 30);
  });
}
