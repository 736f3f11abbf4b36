/** An option of a command. */
export interface Option {
  /** What the help calls its value; undefined for a switch. */
  readonly value?: string;
  /** One letter. */
  readonly short?: string;
  readonly help: string;
}

/** The parsed command line of a command. */
export interface Input {
  /** The value of each given option, never empty; "" for a switch. If an option is repeated, the last one counts. */
  readonly options: ReadonlyMap<string, string>;
  /** All values of each option that takes one, in order: for options that may be repeated. */
  readonly values: ReadonlyMap<string, readonly string[]>;
  readonly operands: readonly string[];
  /** The words after `--`; undefined without `--`. */
  readonly program: readonly string[] | undefined;
  /** Fires on Ctrl-C and SIGTERM. Reading it installs the signal handlers: see Interrupt. */
  readonly signal: AbortSignal;
}

/** One command: its name, its arguments, its help and its code. */
export interface Command {
  readonly name: string;
  /** One sentence, in the imperative. */
  readonly summary: string;
  /** The arguments after the name, such as `[options] ID [FILE]`. */
  readonly synopsis: string;
  readonly options: Readonly<Record<string, Option>>;
  /** Command lines for the help. */
  readonly examples: readonly string[];
  /** The rest of the help: paragraphs, wrapped except for indented lines. A function if it loads a lot of code. */
  readonly details: string | (() => Promise<string>);
  /** The exit codes, if they mean more here than in the general help. */
  readonly exitCodes?: readonly ExitCode[];
  /** The largest number of operands. */
  readonly operands: number;
  /** @returns the exit code. @throws {UsageError} for invalid input */
  run(input: Input): Promise<number>;
}

/** An exit code and its meaning. */
export type ExitCode = readonly [code: number, meaning: string];

/** Every command has this option. */
export const helpOption: Option = { short: "h", help: "show this help" };

export function synopsis(command: Command): string {
  return `cacheprogw ${command.name} ${command.synopsis}`.trimEnd();
}
