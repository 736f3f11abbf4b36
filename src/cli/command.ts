/** An option of the command line. */
export interface Option {
  /** What its value is called in the help; none for a switch. */
  readonly value?: string;
  /** One letter. */
  readonly short?: string;
  readonly help: string;
}

/** What came on the command line, after it was held against the command's options. */
export interface Input {
  /** The value of each option that was given, which is never empty; "" for a switch. The last one given counts. */
  readonly options: ReadonlyMap<string, string>;
  /** Every value of each option that takes one, in order: for those that may be given more than once. */
  readonly values: ReadonlyMap<string, readonly string[]>;
  readonly operands: readonly string[];
  /** What stood after `--`; undefined where there was none. */
  readonly program: readonly string[] | undefined;
  /** Fires on Ctrl-C and SIGTERM. See Interrupt for what it means to ask for it. */
  readonly signal: AbortSignal;
}

/** One command: what it is called, what it takes, what it does. */
export interface Command {
  readonly name: string;
  /** One sentence. */
  readonly summary: string;
  /** What follows the name, such as `[options] ID [FILE]`. */
  readonly synopsis: string;
  readonly options: Readonly<Record<string, Option>>;
  /**
   * More than the summary, for its own help: paragraphs, which are wrapped unless they begin with a space. A function
   * where it takes much to be loaded.
   */
  readonly details: string | (() => Promise<string>);
  /** The most operands that it takes. */
  readonly operands: number;
  /** @returns the exit code. @throws {UsageError} for input that makes no sense */
  run(input: Input): Promise<number>;
}

/** What every command has. */
export const helpOption: Option = { short: "h", help: "explain the command" };

export function synopsis(command: Command): string {
  return `cacheprogw ${command.name} ${command.synopsis}`.trimEnd();
}
