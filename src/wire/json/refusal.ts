/**
 * Why the decoder refuses what it reads. It is internal: the decoder, which knows where in the stream the text stands,
 * makes a DecodeError of it.
 */
export class Refusal extends Error {
  override readonly name = "Refusal";
  /** What should have stood there. */
  readonly expected: string;
  /** Where it should have stood, in the text that was being read. */
  readonly at: number;
  /** Where what was found instead ends. */
  readonly end: number;

  /** The versions of Go that refuse it, where not all that are supported do. */
  readonly versions: string | undefined;

  constructor(expected: string, at: number, end: number, versions?: string) {
    super(`expected ${expected}`);
    this.expected = expected;
    this.at = at;
    this.end = end;
    this.versions = versions;
  }
}
