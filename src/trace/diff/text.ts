import { countText, plural, timeText } from "../../quantities.ts";
import { legible } from "../../safe-text.ts";
import { costText, listed } from "../report/words.ts";
import { type Cause, type EntryDiff, nothingDiffers, type Setting, type TraceDiff } from "./trace-diff.ts";

/** How many causes, and how many of a cause's details, are shown. */
const most = { causes: 10, details: 5 };

/** The comparison for people: why something changed, then what. */
export function textDiff(diff: TraceDiff): string {
  const { settings, causes, changed, lost, outputs, added, removed } = diff;
  const parts = [
    settings.map(setting).join(""),
    causesText(causes),
    group(changed, "has another action id", "have another action id"),
    group(lost, "missed although the cache had it", "missed although the cache had them"),
    group(outputs, "has another output from the same inputs", "have another output from the same inputs"),
    group(added, "is new", "are new"),
    group(removed, "is gone", "are gone"),
    `${nothingDiffers(diff) ? "Nothing differs: " : ""}${sameText(diff)}\n`,
  ];
  return legible(parts.filter((part) => part !== "").join("\n"));
}

function setting({ name, before, after }: Setting): string {
  const shown = (value: string) => (value === "" ? "(none)" : value);
  return `${name[0]?.toUpperCase()}${name.slice(1)} differs\n  before: ${shown(before)}\n  after:  ${shown(after)}\n`;
}

function causesText(causes: readonly Cause[]): string {
  const shown = causes.slice(0, most.causes).map(causeText).join("");
  const more = causes.length - most.causes;
  if (more <= 0) return shown;
  return `${shown}and ${plural(more, "more package")}. When this many change at once, look first at go's version, flags and environment.\n`;
}

const inputs: Readonly<Record<Cause["files"], string>> = {
  changed: "its files changed",
  same: "its flags or environment changed; its files are the same",
  unknown: "its files, flags or environment changed",
};

function causeText({ package: path, kind, why, files, details, dependents, touched, time }: Cause): string {
  const what = {
    inputs: kind === "link" ? "it is linked with other flags" : inputs[files],
    test: "its test read other files or variables than before, or other contents of them",
    output: "the same inputs made another output: its build isn't reproducible",
  }[why];
  const known = details.slice(0, most.details).map((detail) => `  ${detail}\n`);
  const hidden = details.length - known.length;
  const more = hidden > 0 ? `  and ${plural(hidden, "more difference")}\n` : "";
  const many = plural(dependents.length, "package");
  const verb = dependents.length === 1 ? "depends" : "depend";
  const followed = dependents.length === 0 ? "" : `  and ${many} that ${verb} on it: ${listed(dependents)}\n`;
  const edited = touched.length === 0 ? "" : `  files changed in ${listed(touched)}, too\n`;
  const worked =
    time === 0
      ? ""
      : `  go worked on ${dependents.length === 0 ? "it" : "them"} for ${timeText(time / 1000)}\n`;
  return `${path}: ${what}\n${known.join("")}${more}${followed}${edited}${worked}`;
}

function group(entries: readonly EntryDiff[], one: string, many: string): string {
  if (entries.length === 0) return "";
  const kinds = [...Map.groupBy(entries, ({ kind }) => kind)].map(([kind, all]) => kindText(kind, all));
  return `${plural(entries.length, "entry", "entries")} ${entries.length === 1 ? one : many}\n${kinds.join("")}`;
}

function kindText(kind: string, entries: readonly EntryDiff[]): string {
  const sorted = entries.toSorted((a, b) => b.time - a.time);
  const names = new Set(sorted.map(nameOf));
  const missed = entries.filter(({ outcomeAfter }) => outcomeAfter === "miss").length;
  const isNew = missed > 0 ? `; ${missed === entries.length ? "all" : countText(missed)} missed` : "";
  const sum = (of: "time" | "bytes") => entries.reduce((total, entry) => total + entry[of], 0);
  const cost = costText({ time: sum("time"), bytes: sum("bytes") });
  return `  ${countText(entries.length)} ${kind || "without a name"}: ${listed([...names])}${isNew}${cost === "" ? "" : ` (${cost})`}\n`;
}

function nameOf({ package: path, file, after, before }: EntryDiff): string {
  return path || file || (after || before).slice(0, 12);
}

function sameText({ same, found, unnamed }: TraceDiff): string {
  const hit = found === 0 ? "" : `; ${countText(found)} of them ${found === 1 ? "is a hit" : "are hits"} now`;
  const unknown =
    unnamed === 0
      ? ""
      : ` ${plural(unnamed, "entry", "entries")} of only one build ${unnamed === 1 ? "has" : "have"} no name.`;
  return `${plural(same, "entry is", "entries are")} the same${hit}.${unknown}`;
}
