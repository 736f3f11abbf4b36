import type { CacheProgError } from "../errors.ts";
import { ArgumentError } from "../errors.ts";
import { describe } from "../text.ts";
import type { Command, Response } from "../wire/messages.ts";
import { type Body, checkBody, discardBody } from "./body/body.ts";
import type { BodySource } from "./body/body-source.ts";
import { getBytes, getFile } from "./cache.ts";
import { Connection } from "./connection.ts";
import type { DebugLog } from "./debug-log.ts";
import { type ActionID, checkID, type Entry, type OutputID, type Produced, type PutResult } from "./entry.ts";
import {
  type CallOptions,
  callSignal,
  type Settings,
  type VerifyOptions,
  verifySettings,
} from "./options.ts";
import { OutputFiles } from "./output-files.ts";
import type { Program } from "./process/spawn.ts";
import { isSound, isWhole } from "./production/entry-file.ts";
import { getOrPutJSON } from "./production/json.ts";
import { Producer } from "./production/producer.ts";
import { type CacheStats, Tally } from "./stats.ts";

/** The output paths of this many responses are kept at least, and of twice as many at most. */
const outputFiles = 20_000;
/** The longest path a file can have, in characters: Linux's PATH_MAX. */
const longestPath = 4_096;

/**
 * What a CacheProg does once its program runs; the methods have the same names there. Nearly all of the library hangs on
 * this file, so start() loads it while the program starts, and not every script that imports the library.
 */
export class Operations {
  readonly #connection: Connection;
  readonly #producer: Producer;
  readonly #tally: Tally;
  readonly #log: DebugLog | undefined;
  #closed: Promise<void> | undefined;
  /** The last path the program named for each output. Source: prog.go, noteOutputFile. */
  readonly #outputFiles = new OutputFiles(outputFiles);

  /**
   * Waits for the hello of a program that has just been started.
   *
   * @param log gets each get, put and close
   * @throws (rejects) as {@link Connection.open}
   */
  static async open(program: Program, settings: Settings, log: DebugLog | undefined): Promise<Operations> {
    const tally = new Tally();
    const connection = await Connection.open(program, settings, (error) => tally.failure(error));
    return new Operations(connection, tally, log, settings.produceLimit);
  }

  readonly #readGet = (response: Response): Entry | null => {
    this.#checkErr("get", response);
    if (response.miss) {
      this.#tally.miss();
      return null;
    }
    const { diskPath, outputID, size } = response;
    if (diskPath === "") throw this.#bad("a hit without a DiskPath");
    if (outputID.length !== 32)
      throw this.#bad(`a hit with an OutputID of ${outputID.length} bytes; expected 32`);
    if (typeof size === "bigint")
      throw this.#bad(`a hit with a Size of ${size}, which is larger than any file`);
    this.#noteOutputFile(outputID, diskPath);
    this.#tally.hit(size);
    return { outputID, size, time: response.time ?? Temporal.Now.instant(), diskPath };
  };

  readonly #readPut = (response: Response, body: BodySource | undefined): PutResult => {
    this.#checkErr("put", response);
    const { diskPath } = response;
    if (diskPath === "" || body === undefined) throw this.#bad("a put without a DiskPath");
    const { outputID, size } = body;
    this.#noteOutputFile(outputID, diskPath);
    this.#tally.put(size);
    return { outputID, size, diskPath };
  };

  private constructor(connection: Connection, tally: Tally, log: DebugLog | undefined, produceLimit: number) {
    this.#connection = connection;
    this.#tally = tally;
    this.#log = log;
    this.#producer = new Producer(this, produceLimit);
  }

  get commands(): ReadonlySet<string> {
    return this.#connection.commands;
  }

  get stats(): CacheStats {
    return this.#tally.snapshot(this.#connection.responseTime);
  }

  get(action: ActionID, options?: CallOptions): Promise<Entry | null> {
    return this.#log ? this.#log.get(action, () => this.#get(action, options)) : this.#get(action, options);
  }

  put(action: ActionID, body: Body, options?: CallOptions): Promise<PutResult> {
    return this.#log
      ? this.#log.put(action, () => this.#put(action, body, options))
      : this.#put(action, body, options);
  }

  #get(action: ActionID, options?: CallOptions): Promise<Entry | null> {
    try {
      checkID(action, "action id");
      const signal = callSignal(options);
      this.#demand("get");
      return this.#connection.open("get").get(action, signal, this.#readGet);
    } catch (error) {
      this.#tally.failure(error);
      return Promise.reject(error);
    }
  }

  #put(action: ActionID, body: Body, options?: CallOptions): Promise<PutResult> {
    try {
      checkID(action, "action id");
      checkBody(body);
      const signal = callSignal(options);
      this.#demand("put");
      return this.#connection.open("put").put(action, body, signal, this.#readPut);
    } catch (error) {
      this.#tally.failure(error);
      discardBody(body, error);
      return Promise.reject(error);
    }
  }

  async getFile(action: ActionID, options?: VerifyOptions): Promise<Entry | null> {
    const { verify, signal } = verifySettings(options);
    return getFile(this, action, verify ? isSound : isWhole, signal);
  }

  async getBytes(
    action: ActionID,
    options?: CallOptions,
  ): Promise<{ entry: Entry; bytes: Uint8Array } | null> {
    return getBytes(this, action, options);
  }

  async getOrPut(
    action: ActionID,
    produce: () => Body | Promise<Body>,
    options?: VerifyOptions,
  ): Promise<Produced> {
    checkID(action, "action id");
    checkProduce(produce, "the body");
    const { verify, signal } = verifySettings(options);
    return this.#producer.getOrPut(action, produce, { accept: verify ? isSound : isWhole, signal });
  }

  async getOrPutJSON<T>(
    action: ActionID,
    produce: () => T | Promise<T>,
    options?: CallOptions,
  ): Promise<{ entry: Produced; value: T }> {
    checkID(action, "action id");
    checkProduce(produce, "the value");
    return getOrPutJSON(this.#producer, action, produce, callSignal(options));
  }

  outputFile(output: OutputID): string | undefined {
    checkID(output, "output id");
    return this.#outputFiles.find(output);
  }

  close(): Promise<void> {
    this.#closed ??= this.#log ? this.#log.close(() => this.#close()) : this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const removeKept = this.#producer.close(() =>
      this.#connection.program.error("CLOSED", "is closed: close() came before getOrPut began to produce"),
    );
    try {
      await this.#connection.close();
    } finally {
      await removeKept();
    }
  }

  #noteOutputFile(outputID: OutputID, diskPath: string): void {
    this.#outputFiles.note(outputID, diskPath.length <= longestPath ? diskPath : "");
  }

  #demand(command: Command): void {
    if (this.commands.has(command)) return;
    const declared = [...this.commands].join(", ");
    throw this.#connection.program.error(
      "UNSUPPORTED_COMMAND",
      `does not support ${command}; it declared: ${declared}`,
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

function checkProduce(produce: unknown, what: string): void {
  if (typeof produce === "function") return;
  throw new ArgumentError(`produce is ${describe(produce)}; expected a function that returns ${what}`);
}
