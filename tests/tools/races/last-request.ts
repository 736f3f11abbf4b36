/*
 * Runs a cache program, and writes to a file how long after the last other request close, or the end of stdin, came, in ms:
 *
 *     bun tests/tools/races/last-request.ts FILE PROGRAM [ARG...]
 */
import { writeFileSync } from "node:fs";

const [file = "", ...command] = process.argv.slice(2);
const program = Bun.spawn(command, { stdin: "pipe", stdout: "inherit", stderr: "inherit" });
let last = performance.now();
let isClosed = false;
const end = () => writeFileSync(file, String(performance.now() - last));
for await (const chunk of Bun.stdin.stream()) {
  isClosed = Buffer.from(chunk).includes('"Command":"close"');
  if (isClosed) end();
  else last = performance.now();
  program.stdin.write(chunk);
  await program.stdin.flush();
}
if (!isClosed) end();
await program.stdin.end();
await program.exited;
