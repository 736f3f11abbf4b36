import manifest from "../../../package.json" with { type: "json" };
import { plural } from "../../quantities.ts";
import { legible } from "../../safe-text.ts";
import { listed } from "../report/words.ts";
import { type HashChange, type HashDiff, isSameHashes } from "./hashes.ts";

/** How many changes, and how many lines of each run, are shown. */
const most = { changes: 20, lines: 8 };

/** Identifies the format of the JSON. */
const format = "cacheprogw diff --hashes";
/** Increases with each change that would mislead an old reader. */
const version = 1;

/** Which lines of hashes changed, for people. */
export function textHashes(diff: HashDiff): string {
  const { changed, followed, added, removed, same, mixed } = diff;
  const shown = changed.slice(0, most.changes).map(changeText);
  const more = changed.length - shown.length;
  const rest = [
    more > 0 ? `and ${plural(more, "more hash", "more hashes")} with lines of their own that changed` : "",
    names(followed, "follows from what changed", "follow from what changed"),
    names(added, "is new", "are new"),
    names(removed, "is gone", "are gone"),
    `${isSameHashes(diff) ? "Nothing differs: " : ""}${plural(same, "hash is", "hashes are")} the same`,
    mixed === 0
      ? ""
      : `${plural(mixed, "hash", "hashes")} couldn't be read, because go computed several at once; with GOMAXPROCS=1 it doesn't`,
  ];
  return legible([...shown, ...rest.filter((line) => line !== "").map((line) => `${line}\n`)].join(""));
}

function changeText({ name, before, after }: HashChange): string {
  return `${name}\n${lines("-", before)}${lines("+", after)}`;
}

function lines(sign: string, all: readonly string[]): string {
  const shown = all.slice(0, most.lines).map((line) => `  ${sign} ${line}\n`);
  const more = all.length - shown.length;
  return shown.join("") + (more > 0 ? `  ${sign} and ${plural(more, "more line")}\n` : "");
}

function names(all: readonly string[], one: string, many: string): string {
  if (all.length === 0) return "";
  return `${plural(all.length, "hash", "hashes")} ${all.length === 1 ? one : many}: ${listed(all)}`;
}

/** The whole comparison as a JSON value. */
export function jsonHashes(diff: HashDiff): object {
  return {
    format,
    version,
    cacheprogw: manifest.version,
    isSame: isSameHashes(diff),
    ...diff,
  };
}
