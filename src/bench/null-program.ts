/*
 * The no-op program: a cache program that does no work, as fast as possible, so its speed is the limit of the client. Its
 * argument is the answer to every get, hit or miss. It skips bodies, and understands only requests in go's exact form.
 *
 *     bun null-program.ts hit
 */
import { readSync, writeSync } from "node:fs";

const miss = `,"Miss":true}\n`;
const hit = `,"OutputID":"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=","Size":1024,"Time":"2026-01-02T03:04:05.678Z","DiskPath":"/tmp/a-directory/with/a/body-of-some-length"}\n`;
const stored = `,"DiskPath":"/tmp/a-directory/with/a/body-of-some-length"}\n`;

const got = process.argv[2] === "hit" ? hit : miss;
const input = Buffer.alloc(256 * 1024);
/** How many of the next bytes belong to a body. */
let skip = 0;
/** The beginning of an incomplete line. */
let rest = "";

write(`{"ID":0,"KnownCommands":["get","put","close"]}\n`);
for (let ended = false; !ended; ) {
  const length = readSync(0, input);
  if (length === 0) break;
  const body = Math.min(skip, length);
  skip -= body;
  if (body < length) ended = answer(rest + input.toString("latin1", body, length));
}

/** Answers all complete requests in a text. @returns whether one was close */
function answer(text: string): boolean {
  let answers = "";
  let at = 0;
  let ended = false;
  for (let end = text.indexOf("\n", at); end >= 0; end = text.indexOf("\n", at)) {
    const line = text.slice(at, end);
    at = end + 1;
    if (line === "") continue;
    const id = line.slice(6, line.indexOf(",", 6));
    const command = line.charAt(line.indexOf(`"Command":"`) + 11);
    answers += `{"ID":${id}${command === "g" ? got : command === "p" ? stored : "}\n"}`;
    ended = command === "c";
    const size = command === "p" ? Number(/"BodySize":(\d+)/.exec(line)?.[1] ?? 0) : 0;
    // An empty line, the body in quotes, and a newline.
    if (size > 0) at += 1 + Math.ceil(size / 3) * 4 + 3;
  }
  skip = Math.max(0, at - text.length);
  rest = text.slice(at);
  write(answers);
  return ended;
}

function write(text: string): void {
  for (let bytes = Buffer.from(text, "latin1"); bytes.length > 0; ) {
    bytes = bytes.subarray(writeSync(1, bytes));
  }
}
