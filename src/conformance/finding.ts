/** A requirement is broken. */
export class Finding extends Error {
  override readonly name = "Finding";
  readonly expected: string;
  readonly actual: string;
  /** A time was over: a machine that has too much to do may be at fault. */
  readonly late: boolean;
  /** How an answer failed to come, where that is what was found. */
  kind: "silent" | "ended" | "broken" | undefined;
  /** The program that it is about, of those that the check started: its number, from 1. It is set once, by who knows first. */
  process: number | undefined;

  constructor(expected: string, actual: string, { late = false } = {}) {
    super(`expected ${expected}; actual: ${actual}`);
    this.expected = expected;
    this.actual = actual;
    this.late = late;
  }

  /** The same finding, for who knows better what was expected. */
  expecting(expected: string): Finding {
    const finding = new Finding(expected, this.actual, this);
    finding.process = this.process;
    finding.kind = this.kind;
    return finding;
  }
}

/** A check can not say anything, because something of the program is broken that another check judges. */
export class CouldNotRun extends Error {
  override readonly name = "CouldNotRun";
}

/** What a check asks for is not a matter of this program, or is not to be had on this machine. */
export class NotApplicable extends Error {
  override readonly name = "NotApplicable";
}

/** What a check stands on and another one judges. @throws {CouldNotRun} where that finds something */
export async function assume<T>(promise: Promise<T>): Promise<T> {
  try {
    return await promise;
  } catch (error) {
    if (error instanceof Finding) throw new CouldNotRun(error.message, { cause: error });
    throw error;
  }
}

/** @throws {Finding} where it does not hold */
export function require(holds: boolean, expected: string, actual: () => string): asserts holds {
  if (!holds) throw new Finding(expected, actual());
}
