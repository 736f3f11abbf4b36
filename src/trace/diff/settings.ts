import { joinCommand } from "../../wire/command-line.ts";
import type { TraceStart } from "../events.ts";
import type { DiffTrace, Setting } from "./trace-diff.ts";

/** What differs about the go processes. The processes of one build may differ among themselves; all values count. */
export function compareSettings(before: readonly DiffTrace[], after: readonly DiffTrace[]): Setting[] {
  const [old, now] = [valuesOf(before), valuesOf(after)];
  return [...new Set([...old.keys(), ...now.keys()])].flatMap((name) => {
    const [one, other] = [old, now].map((side) => [...(side.get(name) ?? [])].sort().join("; "));
    return one === other ? [] : [{ name, before: one ?? "", after: other ?? "" }];
  });
}

function valuesOf(traces: readonly DiffTrace[]): ReadonlyMap<string, ReadonlySet<string>> {
  const values = new Map<string, Set<string>>();
  for (const { trace } of traces)
    for (const [name, value] of settingsOf(trace.start))
      if (value !== "") values.getOrInsertComputed(name, () => new Set<string>()).add(value);
  return values;
}

function settingsOf({ go, program, host }: TraceStart): readonly (readonly [string, string])[] {
  const { version = "", directory = "", command = [], env = {} } = go;
  const variables = Object.entries(env).map(([name, value]) => {
    return [name, name === "GOFLAGS" ? withoutOurs(value) : value] as const;
  });
  return [
    ["go's version", version],
    ["the command", withoutOurs(joinCommand(command))],
    ["the working directory", directory],
    ["the cache program", joinCommand(program)],
    ["the platform", `${host.platform}/${host.arch}`],
    ...variables.sort(([a], [b]) => (a < b ? -1 : 1)),
  ];
}

/** Without the flag that a recorder adds, which names another file each time and changes nothing. */
function withoutOurs(flags: string): string {
  return flags.replace(/(?:^| )--?debug-(?:actiongraph|trace)=\S*/g, "").trim();
}
