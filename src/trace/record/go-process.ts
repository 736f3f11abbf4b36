import { readFileSync, readlinkSync } from "node:fs";
import { basename } from "node:path";
import type { GoProcess } from "../events.ts";

/*
 * What can be known of the go process that has started this one. Linux tells the command line and the directory of every
 * process; go tells the rest in the environment, with its defaults: see mkEnv of cmd/go/internal/envcmd.
 */

/** The variables that a build depends on, or that say where things are. Those that may hold a secret aren't among them. */
const relevant =
  /^(?:AR|CC|CXX|FC|GCCGO|GO111MODULE|GO386|GOAMD64|GOARCH|GOARM|GOARM64|GOBIN|GOCACHE|GODEBUG|GOEXPERIMENT|GOFIPS140|GOFLAGS|GOGC|GOMAXPROCS|GOMEMLIMIT|GOMIPS|GOMIPS64|GOMODCACHE|GOOS|GOPATH|GOPPC64|GORISCV64|GOROOT|GOTMPDIR|GOTOOLCHAIN|GOWASM|GOWORK|PKG_CONFIG|CGO_[A-Z]+)$/;

/** How many wrappers, such as a shell, may be between go and this process. */
const mostWrappers = 6;

/** The go process that has started this one, as far as it's known. */
export function findGo(env: Readonly<Record<string, string | undefined>> = process.env): GoProcess {
  const { pid, command } = goAbove(process.ppid);
  const directory = orNone(() => readlinkSync(`/proc/${pid}/cwd`));
  const version = env.GOVERSION;
  const variables = Object.entries(env).flatMap(([name, value]) =>
    relevant.test(name) && value ? [[name, value] as const] : [],
  );
  return {
    pid,
    ...(command && { command }),
    ...(directory !== undefined && { directory }),
    ...(version && { version }),
    ...(variables.length > 0 && { env: Object.fromEntries(variables.toSorted()) }),
  };
}

interface Found {
  readonly pid: number;
  readonly command: readonly string[] | undefined;
}

/** The nearest process above that is called go; without one, the parent. */
function goAbove(parent: number): Found {
  const first = { pid: parent, command: commandOf(parent) };
  let at: Found = first;
  for (let above = 0; above < mostWrappers && at.command !== undefined; above++) {
    if (/^go(?:\d[\w.]*)?(?:\.exe)?$/.test(basename(at.command[0] ?? ""))) return at;
    const next = parentOf(at.pid);
    if (next === undefined) break;
    at = { pid: next, command: commandOf(next) };
  }
  return first;
}

function commandOf(pid: number): readonly string[] | undefined {
  const text = orNone(() => readFileSync(`/proc/${pid}/cmdline`, "utf8"));
  return text ? text.replace(/\0$/, "").split("\0") : undefined;
}

function parentOf(pid: number): number | undefined {
  const text = orNone(() => readFileSync(`/proc/${pid}/status`, "utf8"));
  const parent = Number(/^PPid:\s*(\d+)$/m.exec(text ?? "")?.[1] ?? 0);
  return parent > 1 ? parent : undefined;
}

/** Another system has no /proc, and a process of another user tells nothing. */
function orNone<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
