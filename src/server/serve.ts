import { ArgumentError } from "../errors.ts";
import { responseText } from "../wire/encode.ts";
import { Answers, type Output } from "./answers.ts";
import type { Handlers } from "./handlers.ts";
import { blockingInput, standardInput, standardOutput } from "./stdio.ts";

const commands = ["get", "put", "close"] as const;

/** The two ends of the connection, where they are not those of the process. */
export interface ServeIO {
  /** What the client writes. Default: stdin. */
  readonly input?: AsyncIterable<Uint8Array>;
  /** What the client reads. Default: stdout. */
  readonly output?: Output;
  /**
   * Waits for stdin without the event loop, which is faster for handlers that return their results, as those of
   * DiskStore do. While it waits, nothing else happens in this process: no timer, no signal handler. As soon as a
   * handler returns a promise or the client lets answers wait, the event loop takes over for good. Default: false.
   */
  readonly blocking?: boolean;
}

/**
 * Serves one client of the GOCACHEPROG protocol: a hello that declares the handlers that are there, then an answer to
 * each request, in the order in which the handlers finish.
 *
 * Resolves, with everything written, after close is answered, or when stdin ended or nobody reads stdout any more and
 * all that was read is done. After close it does not wait for stdin to end: go ends that only when it has the answer.
 * Memory is bounded whatever the client does. Reading stops while too much is held of bodies that no handler has read
 * (4 MiB), of answers that nobody has taken (16 MiB) or of requests under way (16,384), and for no other reason.
 *
 * An unknown command, an id that is not 32 bytes, a body that does not have the length that its request says and
 * whatever a handler throws are answered with an error, and the next request is served.
 *
 * @throws {ArgumentError} there is no handler; nothing was written
 * @throws {CacheProgError} `PROTOCOL_ERROR`: stdin is not the protocol, or ended inside a request. All requests before
 *   that were answered, and the close handler was called.
 * @throws {CacheProgError} `EXITED`: stdin can not be read, or stdout not written
 * @throws what the close handler throws, where no request for close is there to be answered with it
 */
export async function serve(handlers: Handlers, io: ServeIO = {}): Promise<void> {
  const known = commands.filter((command) => handlers[command] !== undefined);
  if (known.length === 0)
    throw new ArgumentError("there is nothing to serve: get, put and close are all missing");
  const { input = standardInput(), output = standardOutput(), blocking = false } = io;
  if (blocking && io.input !== undefined)
    throw new ArgumentError("blocking is about stdin, and can not be had with another input");
  const answers = new Answers(output);
  answers.sendAlone(responseText({ id: 0, knownCommands: known }));
  // go waits for the hello at every build. While it does what comes next there, the rest is loaded here.
  const [{ Session }, { Input }] = await Promise.all([import("./session.ts"), import("./input.ts")]);
  const requests = new Input(input, blocking ? blockingInput() : undefined);
  await new Session(handlers, known, requests, answers).run();
}
