import { CacheProgError } from "../errors.ts";
import { decodeBase64 } from "../wire/base64.ts";
import { printable } from "../wire/byte-text.ts";
import type { Int64, Request } from "../wire/messages.ts";

/** So much of a request goes into the message of an error, in characters. */
const shown = 100;

/**
 * A request as JSON.parse leaves it, with its text: JSON.parse rounds integers beyond 2^53, and an error shows what
 * stood there.
 */
export class RequestObject {
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #text: string;

  /** @throws {SyntaxError} where the text is not the JSON of an object. It is a byte text: one character, one byte. */
  constructor(byteText: string) {
    // Nothing that go sends is more than ASCII.
    this.#text = isAscii.test(byteText) ? byteText : Buffer.from(byteText, "latin1").toString("utf8");
    const fields: Record<string, unknown> | null = JSON.parse(this.#text);
    if (fields === null || typeof fields !== "object") throw new SyntaxError("it is not an object");
    this.#fields = fields;
  }

  /**
   * The fields that a request has; any others are left out. OutputID is ObjectID, as it was called before Go 1.24,
   * where the request has no other.
   * @throws {CacheProgError} `PROTOCOL_ERROR` where a field is of the wrong type, or ID or Command is missing
   */
  request(): Request {
    const { Command: command } = this.#fields;
    if (typeof command !== "string") throw this.#wrong("Command", "a string");
    const objectID = this.#bytes("ObjectID");
    return {
      id: this.#id(),
      command,
      actionID: this.#bytes("ActionID"),
      outputID: this.#bytes("OutputID") ?? objectID,
      bodySize: this.#bodySize(),
      objectID,
    };
  }

  #id(): Int64 {
    const { ID: id } = this.#fields;
    if (typeof id !== "number") throw this.#wrong("ID", "an integer of 64 bits");
    if (Number.isSafeInteger(id)) return id;
    const sources: Record<string, unknown> = JSON.parse(
      this.#text,
      (_key, value: unknown, context?: { source?: string }) =>
        typeof value === "number" ? context?.source : value,
    );
    const { ID: source } = sources;
    if (typeof source === "string" && /^-?\d{1,19}$/.test(source)) {
      const exact = BigInt(source);
      if (BigInt.asIntN(64, exact) === exact) return exact;
    }
    throw this.#wrong("ID", "an integer of 64 bits");
  }

  #bodySize(): number {
    const { BodySize: size } = this.#fields;
    if (size === undefined || size === null) return 0;
    if (typeof size === "number" && Number.isSafeInteger(size) && size >= 0) return size;
    throw this.#wrong("BodySize", "a number of bytes");
  }

  /** The bytes of a field; undefined where it is not there, null or empty, which are the same to Go. */
  #bytes(name: "ActionID" | "OutputID" | "ObjectID"): Uint8Array | undefined {
    const value = this.#fields[name] ?? "";
    if (value === "") return undefined;
    const bytes = typeof value === "string" ? decodeBase64(value) : undefined;
    if (bytes === undefined) throw this.#wrong(name, "bytes in base64");
    return bytes;
  }

  #wrong(name: string, expected: string): CacheProgError {
    const found = name in this.#fields ? "is something else" : "is missing";
    const message = `the ${name} of a request has to be ${expected}, and ${found}: ${printable(this.#text, shown)}`;
    return new CacheProgError("PROTOCOL_ERROR", message);
  }
}

const isAscii = /^[\0-\x7f]*$/;
