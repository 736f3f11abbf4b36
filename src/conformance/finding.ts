/** The longest text of a finding that is kept, in characters: it may contain several paths. */
const longestText = 16_000;

/** A requirement is violated. */
export class Finding extends Error {
  override readonly name = "Finding";
  readonly expected: string;
  readonly actual: string;
  /** A time limit was exceeded, so a busy machine may be the cause. */
  readonly late: boolean;
  /**
   * Why a response didn't arrive, if that is the finding: nothing came, stdout ended, something came that isn't a
   * response, or a response with an ID that go doesn't wait for.
   */
  kind: "silent" | "ended" | "noise" | "broken" | undefined;
  /** The number of the process that the finding is about, from 1 in the order of their start. Set once. */
  process: number | undefined;

  constructor(expected: string, actual: string, { late = false } = {}) {
    super(`expected ${expected}; actual: ${actual}`);
    this.expected = expected;
    this.actual = actual;
    this.late = late;
  }

  /** The same finding with a more precise expectation. */
  expecting(expected: string): Finding {
    const finding = new Finding(expected, this.actual, this);
    finding.process = this.process;
    finding.kind = this.kind;
    return finding;
  }
}

/** A check can't decide, because the program breaks something that another check tests. */
export class CouldNotRun extends Error {
  override readonly name = "CouldNotRun";
}

/** A check doesn't apply to this program, or needs something that this machine doesn't have. */
export class NotApplicable extends Error {
  override readonly name = "NotApplicable";
}

/** Awaits something that a check depends on and another check tests. @throws {CouldNotRun} in place of a Finding */
export async function assume<T>(promise: Promise<T>): Promise<T> {
  try {
    return await promise;
  } catch (error) {
    if (error instanceof Finding) throw new CouldNotRun(error.message, { cause: error });
    throw error;
  }
}

/** @throws {Finding} if `holds` is false */
export function require(holds: boolean, expected: string, actual: () => string): asserts holds {
  if (!holds) throw new Finding(expected, actual());
}

/** Cuts a text to the length that is kept. */
export function cut<T extends string | undefined>(text: T): T | string {
  return text !== undefined && text.length > longestText ? `${text.slice(0, longestText)}…` : text;
}
