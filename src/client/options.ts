import { readArgument } from "../argument.ts";
import { ArgumentError } from "../errors.ts";
import { checkText, describe } from "../text.ts";

/** How to start a cache program. */
export interface StartOptions {
  /** The program's whole environment. Default: this process's. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** The program's working directory. Default: this process's. */
  readonly cwd?: string | undefined;
  /** Aborts the start: the program is killed and start rejects with `ABORTED`. No effect after the start. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Where the program's stderr goes: to this process's stderr ("inherit", the default, as with go), nowhere
   * ("ignore"), or to a function that gets each line without its newline. A line over 64 Ki characters comes in pieces.
   */
  readonly stderr?: "inherit" | "ignore" | ((line: string) => void) | undefined;
  /** How long the program has to say hello, in ms. Default: 5,000. Infinity waits forever, as go does. */
  readonly handshakeTimeout?: number | undefined;
  /**
   * How long a call may make no progress, in ms. Default: 30,000. The time starts with the first byte written of the
   * call, and restarts with each write the program has taken, of at most 150 KiB. What the system buffers for the
   * program, about 200 KiB on Linux, counts as taken. So with the default, a program may read as slowly as 10 kB/s.
   */
  readonly responseTimeout?: number | undefined;
  /**
   * How long close() may take in total, in ms. After that the program gets SIGTERM and, a second later, SIGKILL.
   * Default: Infinity, which waits for the program to finish its work, as go does.
   */
  readonly closeTimeout?: number | undefined;
  /** Also send each OutputID as ObjectID, for programs written for Go 1.21 to 1.23. Default: false. */
  readonly legacyObjectID?: boolean | undefined;
  /**
   * How many `produce` functions of getOrPut may run at a time: a positive integer, or Infinity, the default. One that
   * waits for another getOrPut doesn't count meanwhile, so that nested ones never wait for each other's place.
   */
  readonly produceLimit?: number | undefined;
}

/** Options of a single call. */
export interface CallOptions {
  /** Aborts the call: it rejects with `ABORTED`, and the connection stays open. For a put, see CacheProg.put. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of a call that returns an entry whose file was checked. */
export interface VerifyOptions extends CallOptions {
  /**
   * Also check that the SHA-256 of the file is the OutputID, which takes reading it once, a chunk at a time. A file with
   * other content is a miss. Default: false, as go does: only the file's size is checked.
   */
  readonly verify?: boolean | undefined;
}

/** Options of copyEntry. */
export interface CopyOptions {
  /** The permissions of the copy, such as 0o755, whatever the umask. Default: 0o666 less the umask. */
  readonly mode?: number | undefined;
  /** Aborts the copy: it rejects with `ABORTED`, and the path is as it was. */
  readonly signal?: AbortSignal | undefined;
}

/** Checked start options, with defaults filled in. */
export interface Settings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string | undefined;
  readonly signal: AbortSignal | undefined;
  readonly stderr: "inherit" | "ignore" | ((line: string) => void);
  readonly handshakeTimeout: number;
  readonly responseTimeout: number;
  readonly closeTimeout: number;
  readonly legacyObjectID: boolean;
  readonly produceLimit: number;
}

const startNames = [
  "env",
  "cwd",
  "signal",
  "stderr",
  "handshakeTimeout",
  "responseTimeout",
  "closeTimeout",
  "legacyObjectID",
  "produceLimit",
] as const satisfies readonly (keyof StartOptions)[];

/** @throws {ArgumentError} for an unknown option or a value out of range; the message says what was expected */
export function startSettings(options: StartOptions): Settings {
  return readArgument("the options", () => settings(options));
}

function settings(options: StartOptions): Settings {
  checkNames(options, startNames);
  const { env, cwd, signal, stderr, legacyObjectID } = options;
  checkEnv(env);
  if (cwd !== undefined) {
    if (typeof cwd !== "string" || cwd === "" || cwd.includes("\0")) throw wrong("cwd", "a path", cwd);
    checkText(cwd, "option cwd");
  }
  if (stderr !== undefined && typeof stderr !== "function" && stderr !== "inherit" && stderr !== "ignore") {
    throw wrong("stderr", '"inherit", "ignore" or a function', stderr);
  }
  if (legacyObjectID !== undefined && typeof legacyObjectID !== "boolean") {
    throw wrong("legacyObjectID", "true or false", legacyObjectID);
  }
  checkSignal(signal);
  return {
    env: env ?? process.env,
    cwd,
    signal,
    stderr: stderr ?? "inherit",
    handshakeTimeout: duration("handshakeTimeout", options.handshakeTimeout, 5_000),
    responseTimeout: duration("responseTimeout", options.responseTimeout, 30_000),
    closeTimeout: duration("closeTimeout", options.closeTimeout, Number.POSITIVE_INFINITY),
    legacyObjectID: legacyObjectID ?? false,
    produceLimit: limit("produceLimit", options.produceLimit),
  };
}

/** @throws {ArgumentError} for an unknown option, or a signal that isn't an AbortSignal */
export function callSignal(options?: CallOptions): AbortSignal | undefined {
  if (options === undefined) return undefined;
  return readArgument("the options", () => {
    checkNames(options, ["signal"]);
    const { signal } = options;
    checkSignal(signal);
    return signal;
  });
}

/** @throws {ArgumentError} for an unknown option, or one of the wrong kind */
export function verifySettings(options?: VerifyOptions): {
  signal: AbortSignal | undefined;
  verify: boolean;
} {
  if (options === undefined) return { signal: undefined, verify: false };
  return readArgument("the options", () => {
    checkNames(options, ["signal", "verify"]);
    const { signal, verify = false } = options;
    checkSignal(signal);
    if (typeof verify !== "boolean") throw wrong("verify", "true or false", verify);
    return { signal, verify };
  });
}

/** @throws {ArgumentError} for an unknown option or a value out of range */
export function copySettings(options: CopyOptions = {}): CopyOptions {
  return readArgument("the options", () => {
    checkNames(options, ["mode", "signal"]);
    const { mode, signal } = options;
    if (mode !== undefined && !(Number.isInteger(mode) && mode >= 0 && mode <= 0o7777))
      throw wrong("mode", "an integer from 0 to 0o7777", mode);
    checkSignal(signal);
    return { mode, signal };
  });
}

function checkNames(options: object, names: readonly string[]): void {
  if (options === null || typeof options !== "object") {
    throw new ArgumentError(`the options are ${describe(options)}; expected an object`);
  }
  for (const name of Object.keys(options)) {
    if (!names.includes(name)) {
      throw new ArgumentError(`unknown option ${JSON.stringify(name)}; expected one of: ${names.join(", ")}`);
    }
  }
}

function checkEnv(env: StartOptions["env"]): void {
  if (env === undefined) return;
  if (env === null || typeof env !== "object") throw wrong("env", "an object of strings", env);
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined) continue;
    const text = `${name}${value}`;
    if (typeof value !== "string" || text.includes("\0")) {
      throw wrong(`env.${name}`, "a string without NUL", value);
    }
    checkText(text, `option env.${name}`);
  }
}

function checkSignal(signal: AbortSignal | undefined): void {
  if (signal === undefined) return;
  // An object that only inherits from AbortSignal.prototype passes instanceof, but throws on access.
  if (!(signal instanceof AbortSignal) || typeof signal.aborted !== "boolean") {
    throw wrong("signal", "an AbortSignal", signal);
  }
}

function duration(name: string, value: number | undefined, fallback: number): number {
  if (value === undefined) return fallback;
  if (typeof value !== "number" || !(value > 0)) throw wrong(name, "a number of milliseconds above 0", value);
  return value;
}

function limit(name: string, value: number | undefined): number {
  if (value === undefined || value === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY;
  if (!Number.isSafeInteger(value) || value < 1) throw wrong(name, "a positive integer or Infinity", value);
  return value;
}

function wrong(name: string, expected: string, value: unknown): ArgumentError {
  return new ArgumentError(`option ${name} is ${describe(value)}; expected ${expected}`);
}
