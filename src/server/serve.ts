import { ArgumentError } from "../errors.ts";
import { responseText } from "../wire/encode.ts";
import { Answers, type Output } from "./answers.ts";
import type { Handlers } from "./handlers.ts";
import { Input } from "./input.ts";
import { Session } from "./session.ts";
import { blockingInput, blockingOutput, standardInput, standardOutput } from "./stdio.ts";

const commands = ["get", "put", "close"] as const;

/** The connection to the client: options of {@link serve}. */
export interface ServeIO {
  /** The bytes from the client. Default: stdin. */
  readonly input?: AsyncIterable<Uint8Array>;
  /** Where responses are written. Default: stdout. */
  readonly output?: Output;
  /**
   * Reads stdin without the event loop. It's faster if the handlers return their results at once, as those of
   * DiskStore do. While it blocks, no timer and no signal handler of this process runs. The event loop takes over for
   * good once a handler returns a promise or the client leaves responses unread. Default: false.
   */
  readonly blocking?: boolean;
}

/**
 * Serves one client of the GOCACHEPROG protocol: sends the handshake, which declares the given handlers, then one
 * response per request, in the order in which the handlers finish.
 *
 * Resolves when all responses are written: after close is answered, or after stdin ends or stdout loses its reader and
 * all pending handlers finish. It doesn't wait for stdin to end after close, because go closes stdin only after it
 * has the response.
 *
 * Memory is bounded whatever the client does. Reading pauses only while the process holds more than 4 MiB of unread
 * bodies, 16 MiB of unread responses or 16,384 pending requests.
 *
 * An unknown command, an id that isn't 32 bytes, a body of the wrong length and an exception in a handler are each
 * answered with an error. The next request is served.
 *
 * @throws {ArgumentError} there is no handler, or `blocking` was combined with `input`; nothing was written
 * @throws {CacheProgError} `PROTOCOL_ERROR`: stdin isn't the protocol, or ended inside a request. All earlier requests
 *   were answered, and the close handler was called.
 * @throws {CacheProgError} `EXITED`: stdin can't be read, or stdout can't be written
 * @throws what the close handler throws, if stdin ended without a close request
 */
export async function serve(handlers: Handlers, io: ServeIO = {}): Promise<void> {
  const { input = standardInput(), blocking = false } = io;
  const output = io.output ?? (blocking ? blockingOutput() : standardOutput());
  if (blocking && io.input !== undefined)
    throw new ArgumentError("`blocking` reads stdin; it can't be combined with `input`");
  await serveInput(handlers, new Input(input, blocking ? blockingInput() : undefined), output);
}

/** {@link serve} with any input. */
export async function serveInput(handlers: Handlers, input: Input, output: Output): Promise<void> {
  const known = commands.filter((command) => handlers[command] !== undefined);
  if (known.length === 0)
    throw new ArgumentError("there is nothing to serve; expected a handler for get, put or close");
  const answers = new Answers(output);
  answers.add(responseText({ id: 0, knownCommands: known }));
  answers.flush();
  await new Session(handlers, known, input, answers).run();
}
