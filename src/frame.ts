import { readArgument } from "./argument.ts";
import { checkAttached, isBytes } from "./bytes.ts";
import { ArgumentError } from "./errors.ts";
import { checkText, describe, sortByUTF8 } from "./text.ts";

/*
 * The canonical bytes of a field. Hash.field documents the format. Every frame says where it ends, so no two sequences of
 * frames are the same bytes.
 */

/**
 * What Hash.field takes: bytes, text, a number, a bigint, a boolean, null, and arrays and plain objects of these. Plain
 * means that the prototype is Object.prototype or null.
 */
export type FieldValue =
  | Uint8Array
  | string
  | number
  | bigint
  | boolean
  | null
  | readonly FieldValue[]
  | { readonly [key: string]: FieldValue };

/** Deeper values are refused, before the stack overflows. */
const deepest = 1_000;

const expected =
  "bytes, text, a finite number, a bigint, a boolean, null, an array or a plain object of these";

/**
 * Passes the bytes of a field to `write`, which must use them at once: their memory is reused. Strings stand for their
 * UTF-8.
 *
 * @throws {ArgumentError} for a value without a canonical form; `write` may have been called before
 */
export function frameField(
  name: string,
  value: FieldValue,
  write: (data: string | Uint8Array) => void,
): void {
  if (typeof name !== "string")
    throw new ArgumentError(`the name of a field is ${describe(name)}; expected text`);
  checkText(name, "the name of a field");
  const frames = new Frames(name, write);
  frames.text(name);
  readArgument(`the value of the field ${describe(name)}`, () => frames.value(value));
}

/** Writes the frames of one field, and knows where in its value it is. */
class Frames {
  readonly #name: string;
  readonly #write: (data: string | Uint8Array) => void;
  readonly #head = new DataView(new ArrayBuffer(9));
  readonly #number = new DataView(new ArrayBuffer(8));
  /** The arrays and objects around the current value, and its key in each. */
  readonly #around: object[] = [];
  readonly #path: (string | number)[] = [];

  constructor(name: string, write: (data: string | Uint8Array) => void) {
    this.#name = name;
    this.#write = write;
  }

  value(value: unknown): void {
    if (typeof value === "string") this.text(value);
    else if (typeof value === "number" && Number.isFinite(value)) this.#double(value);
    else if (typeof value === "bigint") this.#content("i", `${value}`, `${value}`.length);
    else if (value === true) this.#start("t", 0);
    else if (value === false) this.#start("f", 0);
    else if (value === null) this.#start("z", 0);
    else if (isBytes(value)) this.#bytes(value);
    else if (Array.isArray(value) && hasPrototype(value, Array.prototype)) this.#array(value);
    else if (typeof value === "object" && hasPrototype(value, Object.prototype, null)) this.#object(value);
    else throw this.#refusal(`is ${describe(value)}; expected ${expected}`);
  }

  text(text: string): void {
    if (!text.isWellFormed()) checkText(text, this.#place());
    this.#content("s", text, Buffer.byteLength(text));
  }

  #bytes(bytes: Uint8Array): void {
    checkAttached(bytes.buffer, this.#place());
    this.#content("b", bytes, bytes.length);
  }

  #double(value: number): void {
    // + 0 turns -0 into 0.
    this.#number.setFloat64(0, value + 0);
    this.#content("n", new Uint8Array(this.#number.buffer), 8);
  }

  #array(array: readonly unknown[]): void {
    const { length } = array;
    this.#start("a", length);
    this.#enter(array);
    for (let at = 0; at < length; at++) {
      this.#path.push(at);
      if (!Object.hasOwn(array, at)) throw this.#refusal(`is a hole; expected ${expected}`);
      this.value(array[at]);
      this.#path.pop();
    }
    this.#leave();
    // Such as the `index` of a RegExp's match.
    if (Object.keys(array).length !== length)
      throw this.#refusal("is an array with more properties than its elements; expected a plain array");
  }

  #object(object: object): void {
    const keys = sortByUTF8(Object.keys(object));
    this.#start("o", keys.length);
    this.#enter(object);
    for (const key of keys) {
      this.#path.push(key);
      this.text(key);
      this.value(Reflect.get(object, key));
      this.#path.pop();
    }
    this.#leave();
  }

  #enter(container: object): void {
    if (this.#around.includes(container))
      throw this.#refusal("contains itself; expected a value without cycles");
    if (this.#around.length >= deepest)
      throw this.#refusal(
        `is nested too deeply; expected at most ${deepest} arrays and objects within another`,
      );
    const symbols = Object.getOwnPropertySymbols(container);
    if (symbols.some((symbol) => Object.prototype.propertyIsEnumerable.call(container, symbol)))
      throw this.#refusal("has a symbol as a key; expected text");
    this.#around.push(container);
  }

  #leave(): void {
    this.#around.pop();
  }

  #start(tag: string, length: number): void {
    this.#head.setUint8(0, tag.charCodeAt(0));
    this.#head.setBigUint64(1, BigInt(length));
    this.#write(new Uint8Array(this.#head.buffer));
  }

  #content(tag: string, content: string | Uint8Array, length: number): void {
    this.#start(tag, length);
    if (length > 0) this.#write(content);
  }

  #refusal(what: string): ArgumentError {
    return new ArgumentError(`${this.#place()} ${what}`);
  }

  /** Such as `the value of the field "flags", at .env[2]["a b"],`. */
  #place(): string {
    const steps = this.#path.map((step) => {
      if (typeof step === "number") return `[${step}]`;
      return /^[A-Za-z_$][\w$]{0,60}$/.test(step) ? `.${step}` : `[${describe(step)}]`;
    });
    const field = `the value of the field ${describe(this.#name)}`;
    if (steps.length === 0) return field;
    const shown = steps.length > 20 ? [...steps.slice(0, 10), "…", ...steps.slice(-10)] : steps;
    return `${field}, at ${shown.join("")},`;
  }
}

function hasPrototype(value: object, ...allowed: readonly (object | null)[]): boolean {
  return allowed.includes(Object.getPrototypeOf(value));
}
