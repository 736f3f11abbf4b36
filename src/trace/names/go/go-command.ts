import { splitCommand } from "../../../wire/command-line.ts";

/*
 * go's command line and GOFLAGS, as far as ids depend on them: the flags of vet and the arguments of tests.
 */

/** A flag, with its name without "-". */
export interface GoFlag {
  readonly name: string;
  /** Undefined for a boolean flag without "=". */
  readonly value: string | undefined;
  /** As it was written: one argument or two. */
  readonly written: readonly string[];
}

/** A command line of go. */
export interface GoCommand {
  /** Such as build, test or vet; "" if it isn't known. */
  readonly name: string;
  /** In order; those after -args aren't flags of go's. */
  readonly flags: readonly GoFlag[];
  /** The flags of GOFLAGS, in order. */
  readonly goflags: readonly GoFlag[];
}

/** Flags of go's whose value may be the next argument. All others are taken for boolean. */
const valued = new Set(
  (
    "C asmflags bench benchtime blockprofile blockprofilerate buildmode compiler count covermode coverpkg coverprofile cpu " +
    "cpuprofile debug-actiongraph debug-runtime-trace debug-trace exec f fixtool fuzz fuzzminimizetime fuzztime gccgoflags " +
    "gcflags installsuffix ldflags list memprofile memprofilerate mod modfile mutexprofile mutexprofilefraction o outputdir " +
    "overlay p parallel pgo pkgdir run shuffle skip tags timeout toolexec trace vet vettool"
  ).split(" "),
);

/**
 * Parses go's arguments, from "go" on, and GOFLAGS.
 *
 * @param command none if it isn't known
 */
export function parseCommand(command: readonly string[] = [], goflags = ""): GoCommand {
  const args = command.slice(1);
  const place = args.findIndex((arg) => !arg.startsWith("-"));
  const name = args[place] ?? "";
  const flags = name === "" ? [] : parseFlags(args.slice(place + 1), name);
  return { name, flags, goflags: splitFlags(goflags).flatMap((arg) => oneFlag([arg], name) ?? []) };
}

function parseFlags(args: readonly string[], command: string): GoFlag[] {
  const flags: GoFlag[] = [];
  for (let place = 0; place < args.length; ) {
    const rest = args.slice(place, place + 2);
    if (rest[0] === "--" || rest[0] === "-args" || rest[0] === "--args") break;
    const flag = oneFlag(rest, command);
    if (flag !== undefined) flags.push(flag);
    // The flags of go test may come after its packages.
    else if (command !== "test") break;
    place += flag?.written.length ?? 1;
  }
  return flags;
}

/** The flag that some arguments begin with. */
function oneFlag(args: readonly string[], command: string): GoFlag | undefined {
  const [first = "", second] = args;
  const [, name, value] = /^--?([^-=][^=]*)(?:=(.*))?$/s.exec(first) ?? [];
  if (name === undefined) return undefined;
  if (value !== undefined || second === undefined || !takesValue(name, command))
    return { name, value, written: [first] };
  return { name, value: second, written: [first, second] };
}

function takesValue(name: string, command: string): boolean {
  if (name.startsWith("test.")) return takesValue(name.slice("test.".length), command);
  // Of vet: how many lines to show; and lists such as -printf.funcs.
  return valued.has(name) || (command === "vet" && (name === "c" || /\.(funcs|stringmethods)$/.test(name)));
}

/** Splits GOFLAGS, or a command that go has shown. @returns nothing for what go refuses: an open quote */
export function splitFlags(text: string): readonly string[] {
  try {
    return splitCommand(text);
  } catch {
    return [];
  }
}
