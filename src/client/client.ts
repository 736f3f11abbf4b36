import { CacheProgError } from "../errors.ts";
import type { Body } from "./body/body.ts";
import { chooseCommand } from "./command.ts";
import type { ActionID, Entry, OutputID, Produced, PutResult } from "./entry.ts";
import { isDebugged } from "./node-debug.ts";
import type { Operations } from "./operations.ts";
import {
  type CallOptions,
  type Settings,
  type StartOptions,
  startSettings,
  type VerifyOptions,
} from "./options.ts";
import { Program } from "./process/spawn.ts";
import type { CacheStats } from "./stats.ts";

/*
 * The client plays the go command's side of GOCACHEPROG. CacheProg is the public API: it starts the program, and passes
 * each call to Operations, which checks arguments and turns responses into results. Connection handles the handshake,
 * close() and failures. calls/ queues and writes the requests and matches the responses; body/ hashes and reads the
 * bodies; process/ starts and ends the program. cache.ts and production/ build getFile, getBytes and getOrPut on get and
 * put.
 *
 * Importing the library costs a script that never starts a program as little as it can: this file, and what it imports,
 * import no module of node:, and Operations is loaded while the program starts.
 */

/**
 * A running cache program. This is the go command's side of the conversation.
 *
 * ```ts
 * import { CacheProg, Hash } from "cacheprogw";
 *
 * await using cache = await CacheProg.start(); // GOCACHEPROG, or the built-in program
 * const action = new Hash("thumbnail v1").field("width", 64).digest();
 * const entry = await cache.getOrPut(action, () => "what takes long to make");
 * console.log(entry.hit, await Bun.file(entry.diskPath).text());
 * ```
 *
 * You can make any number of calls at once. No call waits forever, unless you set its timeout to Infinity. Whatever goes
 * wrong, once close() settles, the program is gone and its pipes are closed. {@link CacheProg.stats} counts what it did;
 * with NODE_DEBUG=cacheprogw in the environment, each call writes a line to stderr.
 */
export class CacheProg implements AsyncDisposable {
  readonly #program: Program;
  readonly #operations: Operations;

  /**
   * Starts a cache program and waits for its hello. If that fails, the process is gone and its pipes are closed before
   * the promise rejects. Source: prog.go, startCacheProg
   *
   * @param command a GOCACHEPROG value, split by go's rules, or an array of the program and its arguments. A name
   *   without a slash is looked up in PATH; any other relative path starts at this process's working directory. Default:
   *   the program in the environment variable GOCACHEPROG (of `options.env`, if given), which doesn't get that variable
   *   itself; if it's unset or empty, the built-in program, {@link builtin}
   * @param options see {@link StartOptions}; all times are in ms
   * @throws (rejects) {ArgumentError} for an unknown option or a value out of range
   * @throws (rejects) {CacheProgError} `BAD_COMMAND`, `START_FAILED`, `TIMEOUT`, `ABORTED`, `EXITED`, `PROTOCOL_ERROR`
   */
  static async start(command?: string | readonly string[], options: StartOptions = {}): Promise<CacheProg> {
    const began = performance.now();
    // Loaded only if it's wanted, and while the program starts, so that it changes nothing else.
    const debugging = isDebugged("cacheprogw") ? import("./debug-log.ts") : undefined;
    let launched: ReturnType<typeof launch>;
    try {
      launched = launch(command, options);
    } catch (error) {
      if (debugging) new (await debugging).DebugLog(undefined).failed("start", error, began);
      throw error;
    }
    const { program, settings } = launched;
    const [Operations, debug] = await load(program, debugging);
    const log = debug && new debug.DebugLog(program.pid);
    log?.started(program.name);
    const open = () => Operations.open(program, settings, log);
    return new CacheProg(program, await (log ? log.hello(open, began) : open()));
  }

  private constructor(program: Program, operations: Operations) {
    this.#program = program;
    this.#operations = operations;
  }

  /** The commands the program declared in its hello: "get", "put", "close" and any others. They stay after close(). */
  get commands(): ReadonlySet<string> {
    return this.#operations.commands;
  }

  /** The program's process id. It stays after the program has exited; then the system may give it to another. */
  get pid(): number {
    return this.#program.pid;
  }

  /**
   * What this connection has done until now: how many hits, misses, puts and failures, their bytes, and how long the
   * program took. A new object each time, which doesn't change. After close(), it's the total.
   */
  get stats(): CacheStats {
    return this.#operations.stats;
  }

  /**
   * Looks up an entry. Returns null on a miss. Doesn't check the file: {@link getFile} and {@link getBytes} do.
   *
   * @throws (rejects) {ArgumentError} if the action id isn't 32 bytes
   * @throws (rejects) {CacheProgError} `SERVER_ERROR` with the program's text; `BAD_RESPONSE` for a hit without a
   *   DiskPath or with an OutputID that isn't 32 bytes; `UNSUPPORTED_COMMAND`, `TIMEOUT`, `ABORTED`, `EXITED`,
   *   `PROTOCOL_ERROR`, `CLOSED`. Source: prog.go, Get
   */
  get(action: ActionID, options?: CallOptions): Promise<Entry | null> {
    return this.#operations.get(action, options);
  }

  /**
   * Stores a body. Don't change its bytes until the put settles. The client detects a file that changes, and an array
   * that is transferred or shrunk. A `Bun.file()` is read a chunk at a time.
   *
   * A stream, a Response or an async iterable is read to its end before anything is sent, at the pace of its spool; see
   * {@link Body}. There's no timeout for that: use the signal. The put takes it over and cancels it if the put fails,
   * unless somebody else reads it. At most 16 are read at a time. What ends early looks complete, such as the stdout of
   * a process that fails: check its exit code.
   *
   * Once the put settles, the client no longer reads the body. A request can't be taken back, so the rest of a body is
   * sent even if the signal fires or the response arrives in the middle of it; the put settles when the rest has been
   * read. If the program stops reading, that takes at most responseTimeout; then the connection fails. A put that is
   * still queued or being hashed aborts at once. Source: prog.go, Put
   *
   * @throws (rejects) as {@link get}; also `BODY_UNREADABLE` for a file that doesn't exist, isn't regular or is in S3,
   *   and `BODY_CHANGED` for one that changed during the put. If part of the body was sent, the connection is over.
   *   `BODY_UNREADABLE` also for a stream that fails, has chunks other than bytes and strings, or doesn't fit in
   *   os.tmpdir(), and for a Response without a body or with a status other than 200 to 299
   * @throws (rejects) {ArgumentError} for what isn't a body, and for a stream that somebody else reads or has read from
   */
  put(action: ActionID, body: Body, options?: CallOptions): Promise<PutResult> {
    return this.#operations.put(action, body, options);
  }

  /**
   * Like {@link get}, but returns null unless the file exists, is regular, and is as long as the entry says. With
   * `verify`, also unless its SHA-256 is the OutputID. The file belongs to the cache; see {@link Entry.diskPath}.
   *
   * @throws (rejects) as {@link get}. Source: cmd/go/internal/cache, GetFile
   */
  getFile(action: ActionID, options?: VerifyOptions): Promise<Entry | null> {
    return this.#operations.getFile(action, options);
  }

  /**
   * Like {@link get}, but also reads the whole file into memory. Returns null unless its SHA-256 is the OutputID.
   *
   * @throws (rejects) as {@link get}; also `BODY_UNREADABLE` for a file over 4 GiB, the most an array can hold.
   *   Source: cmd/go/internal/cache, GetBytes
   */
  getBytes(action: ActionID, options?: CallOptions): Promise<{ entry: Entry; bytes: Uint8Array } | null> {
    return this.#operations.getBytes(action, options);
  }

  /**
   * Returns an action's entry from the cache ({@link getFile}). On a miss, calls `produce` and puts the body it returns.
   * The file at `diskPath` belongs to the cache: don't change, move or delete it, and copy what you need after close(),
   * because it may disappear.
   *
   * The cache never breaks the build, and nothing that was produced is lost. If the get fails, whatever the reason, that
   * is a miss. If the put fails, or the program has no put or answers with a file that isn't the body, the body is kept
   * in a temporary file of this connection instead, and the entry has `stored: false`. A later call for the action tries
   * to put the kept body again, and doesn't call `produce`. Kept files are removed at close(), or when this process
   * exits. If close() is called during `produce`, the body is still kept, until this process exits.
   *
   * Concurrent calls for one action share one call of `produce`. If another connection of this process is producing the
   * action, this one waits for it and puts a copy of the result through its own program. If that fails or is aborted, or
   * waits for this one, `produce` is called here. When every waiting caller has aborted, nothing more is sent, but a
   * `produce` that has begun runs on, and the next call for the action waits for it to end.
   *
   * `produce` may call getOrPut for other actions. See {@link StartOptions.produceLimit} for how many run at a time. The
   * nested call must be made in produce's own async context, or neither its place nor a cycle is recognized.
   *
   * @throws (rejects) what `produce` throws; `ABORTED`; `CLOSED` if close() was called before `produce` began;
   *   `BODY_UNREADABLE` and `BODY_CHANGED` for a body that can't be read or changes meanwhile; `STORE_FAILED` if the put
   *   has failed and the temporary file can't be written either: the message has both reasons; {ArgumentError} for a
   *   wrong argument or body, or if `produce` waits for its own action, directly or through other actions
   */
  getOrPut(
    action: ActionID,
    produce: () => Body | Promise<Body>,
    options?: VerifyOptions,
  ): Promise<Produced> {
    return this.#operations.getOrPut(action, produce, options);
  }

  /**
   * {@link getOrPut} of a value, which is stored as JSON. Every caller gets a value of its own, read from the JSON, so a
   * hit and a miss give the same. The content is verified; a body that isn't sound or isn't JSON in UTF-8 is a miss. That
   * the JSON of a hit is a `T` isn't checked: change the action when the type changes.
   *
   * @throws (rejects) as {@link getOrPut}; also {ArgumentError} for a value that JSON can't represent: undefined, NaN,
   *   Infinity, a bigint, symbol or function, an object that isn't plain, such as a Date or a Map, an array with holes,
   *   or a value that contains itself. Then nothing is stored. A property that is undefined is left out, and -0 is 0
   */
  getOrPutJSON<T>(
    action: ActionID,
    produce: () => T | Promise<T>,
    options?: CallOptions,
  ): Promise<{ entry: Produced; value: T }> {
    return this.#operations.getOrPutJSON(action, produce, options);
  }

  /**
   * Returns the last path the program named for an output, in a response to a get or a put. Remembers at least the last
   * 20,000 responses, also after close().
   *
   * @throws {ArgumentError} if the output id isn't 32 bytes. Source: prog.go, OutputFile, which remembers all responses
   */
  outputFile(output: OutputID): string | undefined {
    return this.#operations.outputFile(output);
  }

  /**
   * Waits for pending calls, sends close if the program declared it, ends stdin, and waits for the program to end its
   * stdout and exit. Then it removes the files that getOrPut kept. Without a closeTimeout it waits as long as that takes.
   * Every call returns the same promise. If the connection has failed and a call has reported that, close only waits for
   * the program to be gone.
   *
   * @throws (rejects) {CacheProgError} `SERVER_ERROR` for an error in the response, `TIMEOUT` after closeTimeout, or the
   *   failure of the connection if no call has reported it. Source: prog.go, Close
   */
  close(): Promise<void> {
    return this.#operations.close();
  }

  /** {@link close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** Checks the arguments of start, and starts the program. @throws as start rejects */
function launch(
  command: string | readonly string[] | undefined,
  options: StartOptions,
): { readonly program: Program; readonly settings: Settings } {
  const settings = startSettings(options);
  const { argv, name, env } = chooseCommand(command, settings.env);
  const { signal } = settings;
  if (signal?.aborted) throw new CacheProgError("ABORTED", "the start was aborted", { cause: signal.reason });
  return { program: new Program(argv, { ...settings, name, env }), settings };
}

/** Loads the rest of the library. If that fails, such as because the package was removed, the program is gone first. */
async function load<T>(
  program: Program,
  other: Promise<T> | undefined,
): Promise<[typeof Operations, T | undefined]> {
  try {
    const [{ Operations }, loaded] = await Promise.all([import("./operations.ts"), other]);
    return [Operations, loaded];
  } catch (error) {
    await program.kill();
    throw error;
  }
}
