/**
 * Thrown where Go would refuse a response. It never leaves the decoder, which knows the place in the stream and makes a
 * DecodeError of it.
 */
export class Refusal extends Error {
  override readonly name = "Refusal";
  /** What was expected. */
  readonly expected: string;
  /** The place of the fault, in the bytes being read. */
  readonly at: number;
  /** The end of what was found instead. */
  readonly end: number;
  /** The versions of Go that refuse it, if not all supported versions do. */
  readonly versions: string | undefined;

  constructor(expected: string, at: number, end: number, versions?: string) {
    super(`expected ${expected}`);
    this.expected = expected;
    this.at = at;
    this.end = end;
    this.versions = versions;
  }
}
