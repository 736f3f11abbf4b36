import { readFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { ArgumentError } from "../../errors.ts";
import { checkDecoded } from "../../text.ts";
import { userDirectory } from "../../user-directory.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The directory of go's own cache, as `go env GOCACHE` prints it, without starting go: GOCACHE from the environment, else
 * as `go env -w` has set it, else go-build in the user's cache directory. If go has started this process, GOCACHE is set.
 * Source: DefaultDir of cmd/go/internal/cache; GOROOT/go.env isn't looked for
 *
 * @throws {ArgumentError} GOCACHE is `off` or a relative path, or there is no home directory
 */
export function goCacheDirectory(env: Environment = process.env): string {
  const set = goVariable("GOCACHE", env);
  if (set === undefined) return join(directory("cache", env), "go-build");
  checkDecoded(set, "GOCACHE");
  if (isAbsolute(set)) return set;
  const what = set === "off" ? "off, so there is no cache" : `the relative path ${set}`;
  throw new ArgumentError(`GOCACHE is ${what}; expected an absolute path, or another directory to be given`);
}

/**
 * A variable as go reads it: from the environment, else as `go env -w` has set it. Source: Getenv, EnvFile and readEnvFile
 * of cmd/go/internal/cfg
 */
export function goVariable(name: string, env: Environment = process.env): string | undefined {
  return env[name] || written(name, env);
}

function written(name: string, env: Environment): string | undefined {
  if (env.GOENV === "off") return undefined;
  let lines: string[];
  try {
    lines = readFileSync(env.GOENV || join(directory("config", env), "go/env"), "utf8").split("\n");
  } catch {
    return undefined; // go, too, takes a file that it can't read for none
  }
  return lines.findLast((line) => line.startsWith(`${name}=`))?.slice(name.length + 1) || undefined;
}

/** @throws {ArgumentError} there is none, or it's relative */
function directory(kind: "cache" | "config", env: Environment): string {
  const found = userDirectory(kind, env, env.HOME);
  if (typeof found !== "string") {
    const { variable, value } = found;
    if (value === undefined)
      throw new ArgumentError(`neither GOCACHE nor ${variable} is set; expected GOCACHE to be a directory`);
    throw new ArgumentError(
      `${variable} is the relative path ${value}; expected it or GOCACHE to be absolute`,
    );
  }
  checkDecoded(found, `the ${kind} directory of the user`);
  return found;
}
