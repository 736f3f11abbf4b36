import { isAbsolute, join } from "node:path";

type Environment = Readonly<Record<string, string | undefined>>;

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

/** Why there is no directory: the variable that it depends on isn't set, or is a relative path. */
export interface NoDirectory {
  readonly variable: string;
  readonly value: string | undefined;
}

/**
 * Where a user's caches or settings are, by go's rule: `~/.cache` on Linux, unless XDG_CACHE_HOME says otherwise. As go does,
 * it takes no relative path.
 *
 * @param home the home directory; "" if there is none
 */
export function userDirectory(
  kind: keyof typeof places,
  env: Environment,
  home: string | undefined,
): string | NoDirectory {
  const { windows, mac, xdg, plain } = places[kind];
  const named = (variable: string, value: string | undefined, below = "") =>
    value && isAbsolute(value) ? join(value, below) : { variable, value: value || undefined };
  if (process.platform === "win32") return named(windows, env[windows]);
  if (process.platform === "darwin") return named("HOME", home, mac);
  return env[xdg] ? named(xdg, env[xdg]) : named("HOME", home, plain);
}

/** HOME, or the system's record if that isn't set; "" if the system doesn't know the user. */
export function knownHome(): string {
  const { HOME } = process.env;
  if (HOME) return HOME;
  try {
    // Loading node:os takes 0.4 ms, and go waits for serve, as a script does for a hit.
    return process.getBuiltinModule("node:os").homedir();
  } catch {
    return "";
  }
}
