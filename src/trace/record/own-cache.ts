import { goCacheDirectory } from "../../server/gocache/default-directory.ts";
import { GoCache } from "../../server/gocache/go-cache.ts";
import { Input } from "../../server/input.ts";
import { serveInput } from "../../server/serve.ts";
import { blockingInput, blockingOutput, standardInput } from "../../server/stdio.ts";
import type { Recording } from "./recording.ts";

/**
 * Serves go its own cache, as `serve --gocache` does, and records what passes.
 *
 * @throws (rejects) what {@link GoCache.open} and {@link serveInput} throw
 */
export async function recordOwnCache(recording: Recording): Promise<void> {
  const { handlers } = GoCache.open(goCacheDirectory());
  const output = blockingOutput();
  const read = blockingInput();
  const wait = () => {
    // A response that was written has flushed it; the beginning of a put has no response yet.
    recording.flush();
    const chunk = read();
    if (chunk === undefined) recording.goEnded();
    else recording.fromGo(chunk);
    return chunk;
  };
  const write = (bytes: Uint8Array) => {
    recording.fromProgram(bytes);
    recording.flush();
    return output.write(bytes);
  };
  await serveInput(handlers, new Input(observed(standardInput(), recording), wait), { write });
  recording.programEnded();
  recording.flush();
  // go waits for the end of stdout.
  output.end();
  recording.finish();
  recording.exited({ code: 0 });
}

/** For what comes after a wait was impossible. */
async function* observed(
  input: AsyncIterable<Uint8Array>,
  recording: Recording,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of input) {
    recording.fromGo(chunk);
    recording.flush();
    yield chunk;
  }
  recording.goEnded();
}
