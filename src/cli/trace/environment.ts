import { join } from "node:path";
import { ourselves } from "../../client/process/builtin-program.ts";
import { goCacheDirectory, goVariable } from "../../server/gocache/default-directory.ts";
import { joinCommand } from "../../wire/command-line.ts";
import { UsageError } from "../failure.ts";
import { splitValue } from "../process/given-program.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** The file of the action graphs, in the folder of the traces: each recorder copies that of its go when that is done. */
export const graphFile = `cacheprogw-actiongraph-${process.pid}.json`;

/**
 * The environment of a build that is recorded: GOCACHEPROG is `record` around the program that it was, or over go's own
 * cache, and GOFLAGS has -debug-actiongraph, unless it had.
 *
 * @param folder where the traces go, an absolute path
 * @throws {UsageError} GOCACHEPROG or GOFLAGS can't be read
 * @throws {ArgumentError} there is neither a cache program nor a cache of go
 */
export function recordedEnvironment(folder: string, env: Environment = process.env): Environment {
  const program = splitValue(goVariable("GOCACHEPROG", env) ?? "", "GOCACHEPROG");
  if (program.length === 0) goCacheDirectory(env);
  const around = program.length === 0 ? [] : ["--", ...program];
  const record = [...ourselves, "record", "-o", `${folder}/`, ...around];
  return { ...env, GOCACHEPROG: quoted(record, "GOCACHEPROG"), GOFLAGS: flagsWithGraph(folder, env) };
}

function flagsWithGraph(folder: string, env: Environment): string {
  const flags = goVariable("GOFLAGS", env) ?? "";
  const hasGraph = splitValue(flags, "GOFLAGS").some((flag) => /^--?debug-actiongraph(=|$)/.test(flag));
  if (hasGraph) return flags;
  const flag = `-debug-actiongraph=${join(folder, graphFile)}`;
  return `${flags} ${quoted([flag], "GOFLAGS")}`.trim();
}

function quoted(words: readonly string[], name: string): string {
  try {
    return joinCommand(words);
  } catch (cause) {
    throw new UsageError(
      `a path has both kinds of quotes, so ${name} can't have it; choose another folder with --traces`,
      { cause },
    );
  }
}
