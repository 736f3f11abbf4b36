import { type GoCommand, type GoFlag, splitFlags } from "../go/go-command.ts";

/*
 * The arguments of a test that are in the id of its result. Source: cmd/go/internal/test, testflag.go and tryCacheWithID
 */

/** Those that don't keep a result from being cached; each with the type of its value. */
const cacheable = new Map([
  ["benchtime", "text"],
  ["cpu", "text"],
  ["failfast", "boolean"],
  ["fullpath", "boolean"],
  ["list", "text"],
  ["parallel", "text"],
  ["run", "text"],
  ["short", "boolean"],
  ["skip", "text"],
  ["timeout", "duration"],
  ["v", "boolean"],
]);

/** Go's default: 10 minutes. */
const timeout = "-test.timeout=10m0s";

/** The arguments, in the order in which they are hashed: those that go adds, and then those that were written. */
export function testArguments({ flags, goflags }: GoCommand): string[] {
  const written = flags.flatMap(argument);
  const names = new Set(flags.map(shortName));
  const isJSON = isSet(flags) ?? isSet(goflags) ?? false;
  const inherited = goflags
    .filter((flag) => !names.has(shortName(flag)) && !(isJSON && shortName(flag) === "v"))
    .flatMap(argument)
    .sort();
  const all = [...inherited, ...written];
  const hasTimeout = all.some((one) => one.startsWith("-test.timeout="));
  return [
    ...(isJSON ? ["-test.v=test2json"] : []),
    ...inherited,
    ...(hasTimeout ? [] : [timeout]),
    ...written,
  ];
}

/** What -exec runs tests with; it's hashed, too. */
export function testRunner({ flags, goflags }: GoCommand): readonly string[] {
  return splitFlags([...goflags, ...flags].findLast(({ name }) => name === "exec")?.value ?? "");
}

function shortName({ name }: GoFlag): string {
  return name.startsWith("test.") ? name.slice("test.".length) : name;
}

function isSet(flags: readonly GoFlag[]): boolean | undefined {
  const flag = flags.findLast(({ name }) => name === "json");
  return flag && isTrue(flag.value);
}

/** Go accepts 1, t, T, true and so on. Source: strconv.ParseBool */
function isTrue(value = "true"): boolean {
  return /^[1t]/i.test(value);
}

function argument(flag: GoFlag): string[] {
  const name = shortName(flag);
  const type = cacheable.get(name);
  if (type === undefined) return [];
  const { value = "" } = flag;
  if (type === "text") return [`-test.${name}=${value}`];
  if (type === "duration") return [`-test.${name}=${goDuration(value)}`];
  return [`-test.${name}=${name === "v" && value === "test2json" ? value : isTrue(flag.value)}`];
}

const nanoseconds = new Map([
  ["ns", 1],
  ["us", 1e3],
  ["µs", 1e3],
  ["ms", 1e6],
  ["s", 1e9],
  ["m", 60e9],
  ["h", 3600e9],
]);

/** A duration as Go prints it: 90s is 1m30s. Source: time.Duration.String */
export function goDuration(text: string): string {
  const parts = [...text.matchAll(/([\d.]+)([a-zµ]+)/g)];
  const total = parts.reduce(
    (sum, [, count, unit = ""]) => sum + Number(count) * (nanoseconds.get(unit) ?? 0),
    0,
  );
  const ns = Math.round(total);
  if (ns === 0) return "0s";
  for (const unit of ["ns", "µs", "ms"]) {
    const size = nanoseconds.get(unit) ?? 1;
    if (ns < size * 1000) return `${ns / size}${unit}`;
  }
  const hours = Math.floor(ns / 3600e9);
  const minutes = Math.floor(ns / 60e9) % 60;
  const seconds = `${(ns % 60e9) / 1e9}s`;
  if (hours > 0) return `${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${minutes}m${seconds}` : seconds;
}
