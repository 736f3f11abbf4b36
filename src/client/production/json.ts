import { ArgumentError } from "../../errors.ts";
import { describe } from "../../text.ts";
import { sameBytes } from "../body/body-source.ts";
import type { ActionID, Entry, Produced } from "../entry.ts";
import { readWhole } from "../whole-file.ts";
import type { Accept } from "./entry-file.ts";
import type { Producer } from "./producer.ts";

/** The value in a file of JSON, as whoever calls getOrPutJSON says it is. */
interface Value<T> {
  readonly value: T;
}

/** getOrPut of a value as JSON. */
export async function getOrPutJSON<T>(
  producer: Producer,
  action: ActionID,
  produce: () => T | Promise<T>,
  signal: AbortSignal | undefined,
): Promise<{ entry: Produced; value: T }> {
  // Each caller has its own, to read a value of its own: whoever changes it must not change that of others.
  let read: Value<T> | undefined;
  const accept: Accept = async (entry, signal) => {
    read = await readJSON<T>(entry, signal);
    return read !== undefined;
  };
  const entry = await producer.getOrPut(action, async () => toJSON(await produce()), { accept, signal });
  if (read === undefined) throw new Error("an entry was returned that wasn't read");
  return { entry, value: read.value };
}

/**
 * Reads an entry's file of JSON. Returns undefined if it isn't sound (its length and SHA-256 are those of the entry), isn't
 * JSON in UTF-8, or can't be read.
 */
async function readJSON<T>(
  { diskPath, size, outputID }: Entry,
  signal: AbortSignal | undefined,
): Promise<Value<T> | undefined> {
  try {
    const contents = await readWhole(diskPath, signal);
    if (contents?.bytes.length !== size || !sameBytes(contents.digest, outputID)) return undefined;
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(contents.bytes);
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

/**
 * The JSON of a value that comes back from it as it was: null, a boolean, a finite number, a string, and arrays and plain
 * objects of these. A property that is undefined is left out, and -0 becomes 0.
 *
 * @throws {ArgumentError} for any other value; the message says where it is
 */
export function toJSON(value: unknown): string {
  try {
    check(value, "value", new Set());
    return JSON.stringify(value);
  } catch (cause) {
    if (cause instanceof ArgumentError) throw cause;
    // Too deep for the stack, too long for a string, or a getter that throws.
    const why = cause instanceof Error ? cause.message : typeof cause;
    throw new ArgumentError(`the value can't be written as JSON: ${why}`, { cause });
  }
}

/** @param within the objects around the value: one that contains itself has no JSON */
function check(value: unknown, path: string, within: Set<object>): void {
  if (value === null || typeof value === "boolean" || typeof value === "string") return;
  if (typeof value === "number" && Number.isFinite(value)) return;
  if (typeof value !== "object") throw unfaithful(path, describe(value));
  if (within.has(value)) throw unfaithful(path, "an object that contains itself");
  within.add(value);
  if (Array.isArray(value)) checkArray(value, path, within);
  else checkObject(value, path, within);
  within.delete(value);
}

function checkArray(value: readonly unknown[], path: string, within: Set<object>): void {
  const names = Object.keys(value);
  for (let n = 0; n < value.length; n++) check(value[n], `${path}[${n}]`, within);
  if (names.length !== value.length) throw unfaithful(path, "an array with properties of its own");
}

function checkObject(value: object, path: string, within: Set<object>): void {
  const prototype: unknown = Object.getPrototypeOf(value);
  const isPlain = prototype === null || prototype === Object.prototype;
  if (!isPlain || "toJSON" in value)
    throw unfaithful(path, isPlain ? "an object with toJSON" : describe(value));
  if (Object.getOwnPropertySymbols(value).length > 0)
    throw unfaithful(path, "an object with symbols as keys");
  for (const [name, inner] of Object.entries(value)) {
    if (inner !== undefined) check(inner, `${path}[${JSON.stringify(name)}]`, within);
  }
}

function unfaithful(path: string, what: string): ArgumentError {
  return new ArgumentError(
    `${path} is ${what}, which JSON can't represent; expected null, booleans, finite numbers, strings, arrays and plain objects`,
  );
}
