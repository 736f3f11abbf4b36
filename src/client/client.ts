import { readArgument } from "../argument.ts";
import { ArgumentError, type CacheProgError } from "../errors.ts";
import { describe } from "../text.ts";
import { splitCommand } from "../wire/command-line.ts";
import type { Command, Response } from "../wire/messages.ts";
import { type Body, checkBody } from "./body/body.ts";
import type { BodySource } from "./body/body-source.ts";
import { getBytes, getFile, Producer } from "./cache.ts";
import { Connection } from "./connection.ts";
import { type ActionID, checkID, type Entry, type OutputID, type PutResult } from "./entry.ts";
import { type CallOptions, callSignal, type StartOptions, startSettings } from "./options.ts";
import { Recent } from "./recent.ts";

/** So many paths of outputs are kept, up to twice as many: about 600 bytes each, for a path of 110. */
const outputFiles = 50_000;
/** No file has a longer path, in characters: PATH_MAX of Linux. */
const longestPath = 4_096;

/**
 * A running cache program, and the go command's side of the conversation with it.
 *
 * ```ts
 * await using cache = await CacheProg.start("my-cacheprog --dir /var/cache/go");
 * const entry = await cache.getOrPut(action, () => compile());
 * ```
 *
 * Any number of calls may be under way at once. Whatever goes wrong, the program and its pipes are gone when close()
 * has settled, and no call waits for ever.
 */
export class CacheProg implements AsyncDisposable {
  readonly #connection: Connection;
  readonly #producer = new Producer(this);
  /** OutputID in base64 to the path that the program named last. Source: prog.go, noteOutputFile. */
  readonly #outputFiles = new Recent<string, string>(outputFiles);

  /**
   * Starts a cache program and waits for its hello.
   *
   * @param command a GOCACHEPROG value, split by go's rules, or the program and its arguments as they are. A name
   *   without a slash is looked up in PATH; another path counts from this process's working directory
   * @throws (rejects) {ArgumentError} for an option that is unknown or out of range
   * @throws (rejects) {CacheProgError} `BAD_COMMAND`, `START_FAILED`, `TIMEOUT`, `ABORTED`, `EXITED`,
   *   `PROTOCOL_ERROR`; then the process is gone and its pipes are closed. Source: prog.go, startCacheProg
   */
  static async start(command: string | readonly string[], options: StartOptions = {}): Promise<CacheProg> {
    const settings = startSettings(options);
    return new CacheProg(await Connection.open(commandLine(command), settings));
  }

  readonly #readGet = (response: Response): Entry | null => {
    this.#checkErr("get", response);
    if (response.miss) return null;
    const { diskPath, outputID, size } = response;
    if (diskPath === "") throw this.#bad("a hit without a DiskPath");
    if (outputID.length !== 32)
      throw this.#bad(`a hit with an OutputID of ${outputID.length} bytes; expected 32`);
    if (typeof size === "bigint") throw this.#bad(`a hit with a Size of ${size}, which no file has`);
    this.#noteOutputFile(outputID, diskPath);
    return { outputID, size, time: response.time ?? Temporal.Now.instant(), diskPath };
  };

  readonly #readPut = (response: Response, body: BodySource | undefined): PutResult => {
    this.#checkErr("put", response);
    const { diskPath } = response;
    if (diskPath === "" || body === undefined) throw this.#bad("a put without a DiskPath");
    const { outputID, size } = body;
    this.#noteOutputFile(outputID, diskPath);
    return { outputID, size, diskPath };
  };

  private constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** What the program declared in its hello: "get", "put", "close", and whatever else it knows. */
  get commands(): ReadonlySet<string> {
    return this.#connection.commands;
  }

  /** The program's process id. */
  get pid(): number {
    return this.#connection.program.pid;
  }

  /**
   * Asks for an entry; null is a miss. The file is not looked at: see {@link getFile} and {@link getBytes}.
   *
   * @throws (rejects) {ArgumentError} for an action that is not 32 bytes
   * @throws (rejects) {CacheProgError} `SERVER_ERROR` with the program's text; `BAD_RESPONSE` for a hit without a
   *   DiskPath or with an OutputID that is not 32 bytes; `UNSUPPORTED_COMMAND`, `TIMEOUT`, `ABORTED`, `EXITED`,
   *   `PROTOCOL_ERROR`, `CLOSED`. Source: prog.go, Get
   */
  get(action: ActionID, options?: CallOptions): Promise<Entry | null> {
    try {
      checkID(action, "action id");
      const signal = callSignal(options);
      this.#demand("get");
      return this.#connection.get(action, signal, this.#readGet);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Stores a body. Bytes must not change until the put has settled; a file that does is noticed, and so is an array that
   * is transferred or made smaller. Of a `Bun.file()` only a chunk is in memory at a time.
   *
   * Once the put has settled, the body is the caller's again: nothing is read of it any more. So a signal that fires, or
   * an answer that comes, in the middle of the body settles the put when the rest of it was read, for the rest goes out
   * all the same: a request can't be taken back. A program that stops reading delays that by responseTimeout, and then
   * the connection is over. Before its first byte, while it waits or is hashed, a put is aborted at
   * once.
   *
   * @throws (rejects) as {@link get}; and `BODY_UNREADABLE` for a file that is not there, not regular or in S3, `BODY_CHANGED`
   *   for one that changed meanwhile, which ends the connection if its first bytes were sent. Source: prog.go, Put
   */
  put(action: ActionID, body: Body, options?: CallOptions): Promise<PutResult> {
    try {
      checkID(action, "action id");
      checkBody(body);
      const signal = callSignal(options);
      this.#demand("put");
      return this.#connection.put(action, body, signal, this.#readPut);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * A hit whose file is there, regular, and as long as the entry says; null is anything else.
   *
   * @throws (rejects) as {@link get}. Source: cmd/go/internal/cache, GetFile
   */
  async getFile(action: ActionID, options?: CallOptions): Promise<Entry | null> {
    return getFile(this, action, options);
  }

  /**
   * A hit and its bytes, if their SHA-256 is the OutputID; null is anything else. All of them are in memory.
   *
   * @throws (rejects) as {@link get}; and `BODY_UNREADABLE` for a file over 4 GiB, which no array can hold.
   *   Source: cmd/go/internal/cache, GetBytes
   */
  async getBytes(
    action: ActionID,
    options?: CallOptions,
  ): Promise<{ entry: Entry; bytes: Uint8Array } | null> {
    return getBytes(this, action, options);
  }

  /**
   * The entry of an action: from the cache ({@link getFile}), or produced and put. While one caller produces, others
   * that ask for the same action wait for it. An answer with an error, an incomplete one, and a program that has no
   * get count as a miss. A program that has no put keeps nothing: then diskPath is "". When the last caller who waits
   * has aborted, nothing more is sent, but what `produce` began goes on, and the next call for the action waits for its
   * end.
   *
   * @throws (rejects) what `produce` throws, and as {@link put}; `CLOSED` also where close() came while it produced;
   *   {ArgumentError} where `produce`, or what it calls, waits for its own action, also through others
   */
  async getOrPut(
    action: ActionID,
    produce: () => Body | Promise<Body>,
    options?: CallOptions,
  ): Promise<Entry> {
    checkID(action, "action id");
    if (typeof produce !== "function") {
      throw new ArgumentError(`produce is ${describe(produce)}; expected a function that gives the body`);
    }
    return this.#producer.getOrPut(action, produce, callSignal(options));
  }

  /**
   * The path that the program named last for an output, from a get or a put. At least the 50,000 outputs that were named
   * or asked for last are known. Source: prog.go, OutputFile, which knows all for the life of the process.
   */
  outputFile(output: OutputID): string | undefined {
    checkID(output, "output id");
    return this.#outputFiles.get(output.toBase64());
  }

  /**
   * Waits for the calls under way, sends close if it is declared, ends stdin, and waits until the program has ended
   * its stdout and exited: for ever, unless closeTimeout is set. Every call of close gives the same promise. After a
   * failure that some call was told of, close only waits until the program is gone.
   *
   * @throws (rejects) {CacheProgError} `SERVER_ERROR` for an error in the answer, `TIMEOUT` past closeTimeout, and the
   *   failure of the connection if no call was told of it. Source: prog.go, Close
   */
  close(): Promise<void> {
    return this.#connection.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #noteOutputFile(outputID: OutputID, diskPath: string): void {
    const key = outputID.toBase64();
    if (diskPath.length <= longestPath) this.#outputFiles.set(key, diskPath);
    else this.#outputFiles.delete(key);
  }

  #demand(command: Command): void {
    if (this.commands.has(command)) return;
    const declared = [...this.commands].join(", ");
    throw this.#connection.program.error(
      "UNSUPPORTED_COMMAND",
      `does not know ${command}; it declared: ${declared}`,
    );
  }

  #checkErr(command: Command, { err }: Response): void {
    if (err !== "")
      throw this.#connection.program.error("SERVER_ERROR", `answered ${command} with an error: ${err}`);
  }

  #bad(what: string): CacheProgError {
    return this.#connection.program.error("BAD_RESPONSE", `answered with ${what}`);
  }
}

function commandLine(command: string | readonly string[]): readonly string[] {
  if (typeof command === "string") return splitCommand(command);
  return readArgument("the command", () => argumentsOf(command));
}

function argumentsOf(command: readonly string[]): readonly string[] {
  const words = Array.isArray(command) ? [...command] : [];
  // Before they are looked at: an array that has holes skips them.
  if (Array.isArray(command) && words.every((word) => typeof word === "string")) return words;
  throw new ArgumentError(
    `the command is ${describe(command)}; expected a GOCACHEPROG value, or an array of strings: a program and its arguments`,
  );
}
