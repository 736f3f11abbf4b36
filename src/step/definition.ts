import { absolutePath } from "../absolute-path.ts";
import { readArgument } from "../argument.ts";
import { ArgumentError } from "../errors.ts";
import { didYouMean } from "../nearest.ts";
import { checkText, describe } from "../text.ts";
import { type CheckElement, checkInput, checkOutput, exclusion, wrong } from "./declared-pattern.ts";
import { checkStepName, parseReference } from "./reference.ts";

/** What a function that is a step gets. */
export interface RunContext {
  /** The step's directory, absolute. */
  readonly cwd: string;
  /** Fires when the result isn't wanted any more. */
  readonly signal: AbortSignal;
}

/** What a step runs: a command for `sh -c`, a program with its arguments, or a function. */
export type StepCommand =
  | { readonly shell: string }
  | { readonly argv: readonly string[] }
  | { readonly run: (context: RunContext) => unknown };

/** A step, checked and complete, wherever it came from. */
export interface StepDefinition {
  /** "build". In a graph, the id is "packages/lib:build": the directory relative to the root, a colon, and the name. */
  readonly name: string;
  /** The directory the step runs in, absolute. */
  readonly cwd: string;
  readonly command: StepCommand;
  /** Patterns of the files it reads, as for fileSet in `cwd`. */
  readonly inputs: readonly string[];
  /** Patterns of the files it writes, as for fileSet, within `cwd`. Empty for a test or a lint. */
  readonly outputs: readonly string[];
  /** Names of the environment variables that are part of the key. */
  readonly env: readonly string[];
  /** Any text of the user's that is part of the key. */
  readonly version: string;
  /** Whether a result of another operating system or processor will do. */
  readonly platform: "this" | "any";
  /** References to steps that run before: "gen", "../lib:build", "lib:build". */
  readonly dependsOn: readonly string[];
}

/** A step, as a script describes it. In package.json it's the same without `name`, `cwd` and `run`. */
export interface StepOptions {
  /** What the step is called: no spaces, no `:`, `/` or `\`, and no `.` or `-` in front. */
  readonly name: string;
  /** The directory it runs in. Default: the current directory. */
  readonly cwd?: string | undefined;
  /** A string runs in `sh -c`; an array is a program and its arguments. This or `run`. */
  readonly command?: string | readonly string[] | undefined;
  /** A function to run in this process. This or `command`. */
  readonly run?: ((context: RunContext) => unknown) | undefined;
  /**
   * Patterns of the files the step reads, relative to its directory, as for fileSet: `src`, `../shared/*.json`. A pattern
   * after `!` excludes. [] if it reads none: then it runs again only when its command, `env`, `version` or dependencies change.
   */
  readonly inputs: readonly string[];
  /**
   * Patterns of the files the step writes, in its directory: `dist`. They belong to the step: before a result is
   * restored, files that match and aren't part of it are removed. A pattern after `!` excludes. [] for a step that only
   * succeeds or fails, such as a test.
   */
  readonly outputs: readonly string[];
  /** Names of environment variables whose values matter. Default: none. */
  readonly env?: readonly string[] | undefined;
  /** Any text; change it to make the step run again. Default: "". */
  readonly version?: string | undefined;
  /** "any" if results of other operating systems and processors will do. Default: "this". */
  readonly platform?: "this" | "any" | undefined;
  /** Steps that run before: "gen" of the same package, "../lib:gen" of a directory, "lib:gen" of a package. Default: none. */
  readonly dependsOn?: readonly string[] | undefined;
}

/** The properties of an entry in package.json. schema.json has the same. */
export const entryNames = [
  "command",
  "inputs",
  "outputs",
  "env",
  "version",
  "platform",
  "dependsOn",
] as const satisfies readonly (keyof StepOptions)[];

const optionNames = ["name", "cwd", "run", ...entryNames] as const satisfies readonly (keyof StepOptions)[];

/** Where raw options come from. */
export interface DefinitionSource {
  /** What an error begins with, such as `packages/lib/package.json: step "build"`. Default: the step's name. */
  readonly where?: string;
  /** The directory of the package, or of the process: absolute. A `cwd` is relative to it. */
  readonly directory: string;
  /** The name of an entry in package.json. Other options contain theirs. */
  readonly name?: string;
}

/**
 * Checks the options of a step and fills in the defaults. Patterns lose `.` and empty names, so that two ways to
 * write one don't make two keys.
 *
 * @throws {ArgumentError} that says where, what is wrong and what was expected
 */
export function stepDefinition(raw: unknown, source: DefinitionSource): StepDefinition {
  const where = source.where ?? "the step";
  return readArgument(where, () => {
    if (!isObject(raw)) throw new ArgumentError(`${where} is ${describe(raw)}; expected an object`);
    const name = source.name ?? raw.name;
    checkStepName(name, source.where === undefined ? "the step's name" : `${source.where}: its name`);
    const reader = new Reader(raw, source.where ?? `step ${JSON.stringify(name)}`);
    reader.checkNames(source.name === undefined ? optionNames : entryNames);
    return {
      name,
      cwd: reader.directory("cwd", source.directory),
      command: reader.command(),
      inputs: reader.patterns("inputs", checkInput),
      outputs: reader.patterns("outputs", checkOutput),
      env: reader.list("env", checkVariable) ?? [],
      version: reader.version(),
      platform: reader.platform(),
      dependsOn: reader.list("dependsOn", checkReference) ?? [],
    };
  });
}

type Raw = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Raw {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Reads the properties of one step. Every error begins with where the step is. */
class Reader {
  readonly #raw: Raw;
  readonly #where: string;

  constructor(raw: Raw, where: string) {
    this.#raw = raw;
    this.#where = where;
  }

  checkNames(names: readonly string[]): void {
    for (const name of Object.keys(this.#raw)) {
      if (names.includes(name)) continue;
      const hint = didYouMean(name, names) || ` Expected one of: ${names.join(", ")}`;
      throw new ArgumentError(`${this.#where}: there is no property ${JSON.stringify(name)}.${hint}`);
    }
  }

  directory(property: string, base: string): string {
    const value = this.#raw[property];
    if (value === undefined) return base;
    if (typeof value !== "string" || value === "" || value.includes("\0"))
      throw this.#wrong(property, value, "expected a directory");
    this.#checkText(value, property);
    return absolutePath(value, base);
  }

  command(): StepCommand {
    const { command, run } = this.#raw;
    if (command !== undefined && run !== undefined)
      throw new ArgumentError(`${this.#where}: it has both command and run; expected one of them`);
    if (run !== undefined) {
      if (!isRun(run)) throw this.#wrong("run", run, "expected a function");
      return { run };
    }
    if (command === undefined)
      throw new ArgumentError(`${this.#where}: command is missing: what does it run?`);
    if (typeof command === "string") {
      if (command.trim() === "" || command.includes("\0"))
        throw this.#wrong("command", command, "expected a command for sh");
      this.#checkText(command, "command");
      return { shell: command };
    }
    const argv = this.#elements(
      "command",
      command,
      "a command for sh, or a list of a program and its arguments",
    );
    if (argv.length === 0)
      throw new ArgumentError(`${this.#where}: command is empty; expected a program first`);
    const checked = argv.map((argument, at) => {
      if (typeof argument !== "string" || argument.includes("\0") || (at === 0 && argument === ""))
        throw this.#wrong(
          `command[${at}]`,
          argument,
          at === 0 ? "expected a program" : "expected an argument",
        );
      this.#checkText(argument, `command[${at}]`);
      return argument;
    });
    return { argv: checked };
  }

  /** A list that has to be there, so that nobody forgets it. It must not only exclude. */
  patterns(property: "inputs" | "outputs", check: CheckElement): readonly string[] {
    const patterns = this.list(property, check);
    if (patterns === undefined) {
      const none = property === "inputs" ? "reads none" : "writes none, such as a test";
      const verb = property === "inputs" ? "reads" : "writes";
      throw new ArgumentError(
        `${this.#where}: ${property} is missing; expected patterns of the files the step ${verb}, or [] if it ${none}`,
      );
    }
    if (patterns.length > 0 && patterns.every((pattern) => exclusion.test(pattern)))
      throw new ArgumentError(`${this.#where}: ${property} only excludes; expected a pattern without ! too`);
    return patterns;
  }

  /** A list without duplicates. */
  list(property: string, check: CheckElement): readonly string[] | undefined {
    const value = this.#raw[property];
    if (value === undefined) return undefined;
    const seen = new Map<string, number>();
    this.#elements(property, value, "a list of strings").forEach((element, at) => {
      const what = `${this.#where}: ${property}[${at}]`;
      const kept = check(element, what);
      checkText(kept, what);
      const before = seen.get(kept);
      if (before !== undefined) throw wrong(what, element, `${property}[${before}] is the same`);
      seen.set(kept, at);
    });
    return [...seen.keys()];
  }

  version(): string {
    const { version = "" } = this.#raw;
    if (typeof version !== "string") throw this.#wrong("version", version, 'expected a string, such as "2"');
    this.#checkText(version, "version");
    return version;
  }

  platform(): "this" | "any" {
    const { platform = "this" } = this.#raw;
    if (platform !== "this" && platform !== "any")
      throw this.#wrong("platform", platform, 'expected "this" or "any"');
    return platform;
  }

  #elements(property: string, value: unknown, expected: string): unknown[] {
    if (!Array.isArray(value)) throw this.#wrong(property, value, `expected ${expected}`);
    return Array.from<unknown>(value);
  }

  #checkText(text: string, what: string): void {
    checkText(text, `${this.#where}: ${what}`);
  }

  #wrong(what: string, value: unknown, why: string): ArgumentError {
    return wrong(`${this.#where}: ${what}`, value, why);
  }
}

function isRun(value: unknown): value is (context: RunContext) => unknown {
  return typeof value === "function";
}

const checkVariable: CheckElement = (name, what) => {
  if (typeof name !== "string") throw wrong(what, name, "expected the name of an environment variable");
  if (!/^[A-Za-z_][\w.()-]*$/.test(name))
    throw wrong(
      what,
      name,
      "expected the name of one environment variable: a letter or _, then letters, digits and any of _ . ( ) -",
    );
  return name;
};

const checkReference: CheckElement = (reference, what) => {
  parseReference(reference, what);
  return String(reference);
};
