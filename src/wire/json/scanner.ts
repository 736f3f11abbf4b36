import { Refusal } from "./refusal.ts";

/** What the scanner expects next, or is inside of. */
type State =
  | "start"
  | "value"
  | "first element"
  | "key"
  | "first key"
  | "colon"
  | "comma"
  | "string"
  | "escape"
  | "hex"
  | "word"
  | "minus"
  | "zero"
  | "integer"
  | "point"
  | "fraction"
  | "e"
  | "e sign"
  | "exponent"
  | "end";

const expectations: Readonly<Record<State, string>> = {
  start: "a JSON object",
  value: "a JSON value",
  "first element": "a JSON value or ]",
  key: "a key in double quotes",
  "first key": "a key in double quotes or }",
  colon: "a colon after the key",
  comma: "a comma or the end of the object or array",
  string: "no control character in a string",
  escape: "one of the escapes of JSON after the backslash",
  hex: "four hexadecimal digits after \\u",
  word: "true, false or null",
  minus: "a digit after the minus",
  zero: "a comma or the end of the object or array",
  integer: "a comma or the end of the object or array",
  point: "a digit after the decimal point",
  fraction: "a comma or the end of the object or array",
  e: "a digit or a sign after the e",
  "e sign": "a digit in the exponent",
  exponent: "a comma or the end of the object or array",
  end: "nothing",
};

/** How deep objects and arrays may be nested. Source: maxNestingDepth in encoding/json/scanner.go. */
const maxDepth = 10_000;

/** How many bytes of the fault go into the message. */
const shown = 24;

/**
 * Finds the end of a response in bytes that come in chunks, and refuses the first byte that isn't valid JSON there. It
 * looks at each byte once. Its states are those of encoding/json's scanner, except that it refuses a response that is a
 * string, number or array at its first byte; Go reads it to the end first.
 *
 * The scanner is the entrance to this folder, which reads JSON as Go's encoding/json does. Once it has found a response
 * to be valid, walk.ts moves through it, field-name.ts matches keys, and literals.ts (with time.ts, base64.ts and
 * byte-text.ts) turns values into what Go would make of them. A Refusal says what Go would refuse.
 */
export class Scanner {
  #state: State = "start";
  /** The closing brackets still to come, outermost first. */
  readonly #closers: number[] = [];
  #isKey = false;
  /** The word being read (true, false or null), and the number of letters read. */
  #word = "";
  #letters = 0;
  /** The number of digits still to come in a \u escape. */
  #digits = 0;

  /**
   * Scans the bytes from `from` to `to`, which continue those of earlier calls.
   * Returns the end of the value, or -1 if it goes on after `to`.
   * @throws {Refusal} at the first invalid byte
   */
  scan(bytes: Uint8Array, from: number, to: number): number {
    for (let at = from; at < to; at++) {
      if (this.#state === "string") at = skipText(bytes, at, to);
      const code = bytes[at];
      if (at === to || code === undefined) break;
      const next = this.#step(code);
      if (next === undefined) throw new Refusal(this.#expected(code), at, Math.min(to, at + shown));
      if (next === "end") {
        this.#state = "start";
        return at + 1;
      }
      this.#state = next;
    }
    return -1;
  }

  /** Returns the state after a byte; undefined if the byte is invalid here. */
  #step(code: number): State | undefined {
    switch (this.#state) {
      case "start":
        return code === 0x7b || code === 0x6e ? this.#beginValue(code) : undefined;
      case "value":
        return isSpace(code) ? "value" : this.#beginValue(code);
      case "first element":
        if (isSpace(code)) return "first element";
        return code === 0x5d ? this.#close(code) : this.#beginValue(code);
      case "key":
        return isSpace(code) ? "key" : this.#beginKey(code);
      case "first key":
        if (isSpace(code)) return "first key";
        return code === 0x7d ? this.#close(code) : this.#beginKey(code);
      case "colon":
        if (isSpace(code)) return "colon";
        return code === 0x3a ? "value" : undefined;
      case "comma":
        return this.#endValue(code);
      case "string":
      case "escape":
      case "hex":
        return this.#inString(code);
      case "word":
        return this.#inWord(code);
      default:
        return this.#inNumber(code);
    }
  }

  #beginValue(code: number): State | undefined {
    if (code === 0x7b) return this.#open(0x7d, "first key");
    if (code === 0x5b) return this.#open(0x5d, "first element");
    if (code === 0x22) {
      this.#isKey = false;
      return "string";
    }
    if (code === 0x2d) return "minus";
    if (code === 0x30) return "zero";
    if (isDigit(code)) return "integer";
    this.#word = code === 0x74 ? "true" : code === 0x66 ? "false" : code === 0x6e ? "null" : "";
    this.#letters = 1;
    return this.#word === "" ? undefined : "word";
  }

  #open(closer: number, next: State): State | undefined {
    return this.#closers.push(closer) > maxDepth ? undefined : next;
  }

  #beginKey(code: number): State | undefined {
    this.#isKey = true;
    return code === 0x22 ? "string" : undefined;
  }

  #endValue(code: number): State | undefined {
    if (isSpace(code)) return "comma";
    if (code !== 0x2c) return this.#close(code);
    return this.#closers.at(-1) === 0x7d ? "key" : "value";
  }

  #close(code: number): State | undefined {
    if (this.#closers.at(-1) !== code) return undefined;
    this.#closers.pop();
    return this.#closers.length === 0 ? "end" : "comma";
  }

  #inString(code: number): State | undefined {
    if (this.#state === "hex") {
      if (!isHexDigit(code)) return undefined;
      return --this.#digits === 0 ? "string" : "hex";
    }
    if (this.#state === "escape") {
      if (code !== 0x75) return '"\\/bfnrt'.includes(String.fromCharCode(code)) ? "string" : undefined;
      this.#digits = 4;
      return "hex";
    }
    if (code === 0x5c) return "escape";
    if (code !== 0x22) return undefined;
    return this.#isKey ? "colon" : "comma";
  }

  #inWord(code: number): State | undefined {
    if (code !== this.#word.charCodeAt(this.#letters)) return undefined;
    if (++this.#letters < this.#word.length) return "word";
    return this.#closers.length === 0 ? "end" : "comma";
  }

  #inNumber(code: number): State | undefined {
    const digit = isDigit(code);
    switch (this.#state) {
      case "minus":
        return code === 0x30 ? "zero" : digit ? "integer" : undefined;
      case "point":
        return digit ? "fraction" : undefined;
      case "e":
        if (code === 0x2b || code === 0x2d) return "e sign";
        return digit ? "exponent" : undefined;
      case "e sign":
        return digit ? "exponent" : undefined;
      case "exponent":
        return digit ? "exponent" : this.#endValue(code);
    }
    if (code === 0x65 || code === 0x45) return "e";
    if (this.#state === "fraction") return digit ? "fraction" : this.#endValue(code);
    if (code === 0x2e) return "point";
    return digit && this.#state === "integer" ? "integer" : this.#endValue(code);
  }

  #expected(code: number): string {
    const opens = code === 0x7b || code === 0x5b;
    if (opens && this.#closers.length > maxDepth) return `nesting of at most ${maxDepth} levels`;
    return expectations[this.#state];
  }
}

/** Returns the place of the next quote, backslash or control character, or `to`. */
function skipText(bytes: Uint8Array, from: number, to: number): number {
  for (let at = from; at < to; at++) {
    const code = bytes[at] ?? 0;
    if (code === 0x22 || code === 0x5c || code < 0x20) return at;
  }
  return to;
}

/** Whether a byte is JSON white space. undefined, past the end, isn't. */
export function isSpace(code: number | undefined): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function isHexDigit(code: number): boolean {
  const lower = code | 0x20;
  return isDigit(code) || (lower >= 0x61 && lower <= 0x66);
}
