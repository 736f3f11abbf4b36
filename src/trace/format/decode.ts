import { zstdDecompressSync } from "node:zlib";
import { CacheProgError } from "../../errors.ts";
import { reason } from "../../trouble.ts";
import type { Int64 } from "../../wire/messages.ts";
import type { GoProcess, Host, RequestEvent, ResponseEvent, TraceEvent, TraceStart } from "../events.ts";
import { wholePath } from "./paths.ts";

/** The version of the format that this decoder reads. */
export const version = 1;

/** The largest action graph that is read, in bytes. That of a module with 5,000 packages has about 20 MiB. */
const largestGraph = 128 * 1024 * 1024;

/** Turns the lines of a trace file into events. encode.ts has the format. */
export class TraceDecoder {
  readonly #templates = new Map<number, string>();
  /** The requests that have no response yet. */
  readonly #open = new Map<Int64, RequestEvent>();
  #hasStart = false;

  /**
   * @returns undefined for a line that is no event by itself, or of a kind that this version doesn't know
   * @throws {CacheProgError} `BAD_TRACE`
   */
  decode(text: string): TraceEvent | undefined {
    const fields = new Fields(parse(text));
    if (!this.#hasStart) {
      this.#hasStart = true;
      return start(fields);
    }
    if (fields.has("template")) {
      this.#templates.set(fields.number("template"), fields.text("path"));
      return undefined;
    }
    return this.#event(fields, fields.number("t"));
  }

  #event(fields: Fields, at: number): TraceEvent | undefined {
    if (fields.has("response")) return this.#response(fields, at);
    for (const command of ["get", "put", "close"])
      if (fields.has(command)) return this.#request(fields, at, command, fields.id(command));
    if (fields.has("request")) return this.#request(fields, at, fields.text("command"), fields.id("request"));
    if (fields.has("body")) {
      const [sha256, size] = [fields.maybe("sha256", "hex"), fields.maybe("size", "number")];
      return { kind: "body", at, id: fields.id("body"), ...present({ sha256, size }) };
    }
    if (fields.has("hello")) return { kind: "hello", at, commands: fields.texts("hello") };
    if (fields.has("raw")) {
      const [bytes, length, why] = [fields.text("raw"), fields.number("length"), fields.text("why")];
      return { kind: "raw", at, from: fields.oneOf("from", ["go", "program"]), bytes, length, why };
    }
    if (fields.has("end")) return { kind: "end", at, of: fields.oneOf("end", ["stdin", "stdout"]) };
    if (fields.has("exit")) return { kind: "exit", at, code: fields.number("exit") };
    if (fields.has("killed")) return { kind: "exit", at, signal: fields.text("killed") };
    if (fields.has("signal")) return { kind: "signal", at, name: fields.text("signal") };
    if (fields.has("graph")) return { kind: "graph", at, text: decompress(fields.text("graph")) };
    if (fields.has("head"))
      return { kind: "head", at, action: fields.hex("head"), text: fields.text("text") };
    return undefined;
  }

  #request(fields: Fields, at: number, command: string, id: Int64): RequestEvent {
    const [action, output] = [fields.maybe("action", "hex"), fields.maybe("output", "hex")];
    const size = fields.maybe("size", "number");
    const event: RequestEvent = { kind: "request", at, id, command, ...present({ action, output, size }) };
    this.#open.set(id, event);
    return event;
  }

  #response(fields: Fields, at: number): ResponseEvent {
    const id = fields.id("response");
    const request = this.#open.get(id);
    this.#open.delete(id);
    const output = fields.maybe("output", "hex");
    const ids = { action: request?.action, output: output ?? request?.output };
    const miss = fields.has("miss") || undefined;
    const [error, time] = [fields.maybe("error", "text"), fields.maybe("time", "text")];
    const size = fields.has("size") ? fields.id("size") : undefined;
    const path = fields.has("path") ? fields.path(this.#templates, ids) : undefined;
    return { kind: "response", at, id, ...present({ miss, error, output, size, time, path }) };
  }
}

function start(fields: Fields): TraceStart {
  if (!fields.has("cacheprogw")) throw bad("it doesn't begin as a trace does");
  const found = fields.number("cacheprogw");
  if (found !== version) throw bad(`it has version ${found} of the format; expected version ${version}`);
  const go = new Fields(fields.record("go"));
  const host = new Fields(fields.record("host"));
  return {
    kind: "start",
    version: found,
    time: fields.moment("time"),
    recorder: fields.text("recorder"),
    ...present({ pid: fields.maybe("pid", "number") }),
    program: fields.texts("program"),
    go: goProcess(go),
    host: hostOf(host),
  };
}

function goProcess(go: Fields): GoProcess {
  const env = go.has("env") ? new Fields(go.record("env")).allTexts() : undefined;
  const command = go.has("command") ? go.texts("command") : undefined;
  const [directory, version] = [go.maybe("directory", "text"), go.maybe("version", "text")];
  return { pid: go.number("pid"), ...present({ command, directory, version, env }) };
}

function hostOf(host: Fields): Host {
  return {
    platform: host.text("platform"),
    arch: host.text("arch"),
    processors: host.number("processors"),
    memory: host.number("memory"),
  };
}

/** The fields of a line, each checked as it's read. */
class Fields {
  readonly #values: Readonly<Record<string, unknown>>;

  constructor(values: Readonly<Record<string, unknown>>) {
    this.#values = values;
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#values, name);
  }

  text(name: string): string {
    const value = this.#values[name];
    if (typeof value === "string") return value;
    throw wrong(name, value, "a string");
  }

  /** A time, with which others can compute. */
  moment(name: string): string {
    const value = this.text(name);
    try {
      Temporal.Instant.from(value);
      return value;
    } catch {
      throw wrong(name, value, "a time as in RFC 3339");
    }
  }

  number(name: string): number {
    const value = this.#values[name];
    if (typeof value === "number") return value;
    throw wrong(name, value, "a number");
  }

  id(name: string): Int64 {
    const value = this.#values[name];
    if (typeof value === "string" && /^-?\d{1,19}$/.test(value)) return BigInt(value);
    if (Number.isSafeInteger(value)) return this.number(name);
    throw wrong(name, value, "an integer");
  }

  hex(name: string): string {
    const value = this.text(name);
    try {
      return Uint8Array.fromBase64(value).toHex();
    } catch {
      throw wrong(name, value, "base64");
    }
  }

  maybe(name: string, type: "text" | "hex"): string | undefined;
  maybe(name: string, type: "number"): number | undefined;
  maybe(name: string, type: "text" | "hex" | "number"): string | number | undefined {
    return this.has(name) ? this[type](name) : undefined;
  }

  oneOf<T extends string>(name: string, known: readonly T[]): T {
    const value = this.#values[name];
    const found = known.find((one) => one === value);
    if (found === undefined) throw wrong(name, value, known.join(" or "));
    return found;
  }

  texts(name: string): readonly string[] {
    const value = this.#values[name];
    if (Array.isArray(value) && value.every((one) => typeof one === "string")) return value;
    throw wrong(name, value, "a list of strings");
  }

  allTexts(): Readonly<Record<string, string>> {
    return Object.fromEntries(Object.keys(this.#values).map((name) => [name, this.text(name)]));
  }

  record(name: string): Readonly<Record<string, unknown>> {
    const value = this.#values[name];
    if (isRecord(value)) return value;
    throw wrong(name, value, "an object");
  }

  path(templates: ReadonlyMap<number, string>, ids: Parameters<typeof wholePath>[1]): string {
    const value = this.#values.path;
    if (typeof value === "string") return value;
    if (typeof value !== "number") throw wrong("path", value, "a string, or the number of a template");
    const template = templates.get(value);
    if (template === undefined) throw bad(`the template ${value} of a path isn't known`);
    return wholePath(template, ids);
  }
}

function parse(text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw bad(`it isn't JSON: ${reason(cause)}`, cause);
  }
  if (isRecord(value)) return value;
  throw bad("it isn't a JSON object");
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The fields that are there. */
function present<T extends Readonly<Record<string, unknown>>>(
  fields: T,
): { [K in keyof T]?: NonNullable<T[K]> };
function present(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  for (const name in fields) if (fields[name] !== undefined) found[name] = fields[name];
  return found;
}

/** @throws {CacheProgError} `BAD_TRACE` */
function decompress(base64: string): string {
  try {
    // Bun.zstdDecompressSync has no limit: a few bytes of a trace could fill the memory.
    const bytes = zstdDecompressSync(Uint8Array.fromBase64(base64), { maxOutputLength: largestGraph });
    return new TextDecoder().decode(bytes);
  } catch (cause) {
    throw bad(`its action graph can't be decompressed: ${reason(cause)}`, cause);
  }
}

function wrong(name: string, value: unknown, expected: string): CacheProgError {
  const found = value === undefined ? "missing" : JSON.stringify(value).slice(0, 60);
  return bad(`"${name}" is ${found}; expected ${expected}`);
}

function bad(what: string, cause?: unknown): CacheProgError {
  return new CacheProgError("BAD_TRACE", what, { cause });
}
