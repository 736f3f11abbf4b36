import { closeSync } from "node:fs";
import { standardInput, standardOutput } from "../../../server/stdio.ts";
import type { Observer } from "./way.ts";

/**
 * Passes on bytes between this process's stdin and stdout and a program, on Bun's event loop. When one side is closed, so
 * is the other.
 */
export async function passStreams(
  child: Bun.Subprocess<"pipe", "pipe", "inherit">,
  { fromGo, fromProgram }: { readonly fromGo: Observer; readonly fromProgram: Observer },
): Promise<void> {
  const output = standardOutput();
  const toProgram = pass(standardInput(), fromGo, async (chunk) => {
    // Either may be the promise.
    await Promise.all([child.stdin.write(chunk), child.stdin.flush()]);
  }).then(
    () => void Promise.resolve(child.stdin.end()).catch(() => {}),
    () => closeSync(0), // the program reads no more
  );
  await pass(child.stdout, fromProgram, async (chunk) => output.write(chunk)).then(
    () => output.end(),
    () => {}, // go reads no more: leaving the loop has closed the program's stdout
  );
  await Promise.race([toProgram, child.exited]);
}

async function pass(
  from: AsyncIterable<Uint8Array>,
  observer: Observer,
  write: (chunk: Uint8Array) => Promise<void>,
): Promise<void> {
  for await (const chunk of from) {
    observer.bytes(chunk);
    await write(chunk);
  }
  observer.end();
}
