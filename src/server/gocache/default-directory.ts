import { readFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { ArgumentError } from "../../errors.ts";
import { checkDecoded } from "../../text.ts";

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
  if (set === undefined) return join(userDirectory("cache", env), "go-build");
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
    lines = readFileSync(env.GOENV || join(userDirectory("config", env), "go/env"), "utf8").split("\n");
  } catch {
    return undefined; // go, too, takes a file that it can't read for none
  }
  return lines.findLast((line) => line.startsWith(`${name}=`))?.slice(name.length + 1) || undefined;
}

/** Source: os.UserCacheDir and os.UserConfigDir of Go */
const places = {
  cache: { windows: "LocalAppData", mac: "Library/Caches", xdg: "XDG_CACHE_HOME", plain: ".cache" },
  config: {
    windows: "AppData",
    mac: "Library/Application Support",
    xdg: "XDG_CONFIG_HOME",
    plain: ".config",
  },
} as const;

/** @throws {ArgumentError} there is none, or it's relative */
function userDirectory(kind: keyof typeof places, env: Environment): string {
  const { windows, mac, xdg, plain } = places[kind];
  if (process.platform === "win32") return absolute(windows, env[windows]);
  if (process.platform === "darwin") return join(absolute("HOME", env.HOME), mac);
  return env[xdg] ? absolute(xdg, env[xdg]) : join(absolute("HOME", env.HOME), plain);
}

function absolute(name: string, value: string | undefined): string {
  if (!value)
    throw new ArgumentError(`neither GOCACHE nor ${name} is set; expected GOCACHE to be a directory`);
  checkDecoded(value, name);
  if (isAbsolute(value)) return value;
  throw new ArgumentError(`${name} is the relative path ${value}; expected it or GOCACHE to be absolute`);
}
