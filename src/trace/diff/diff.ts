import { findCauses } from "./causes.ts";
import { compareEntries } from "./entries.ts";
import { compareSettings } from "./settings.ts";
import { Side } from "./side.ts";
import { findTestCauses } from "./test-causes.ts";
import type { DiffTrace, TraceDiff } from "./trace-diff.ts";

/*
 * Two builds compared by what they asked their cache. A change of a package's code changes its action id, so entries are
 * joined by name: package and kind.
 *
 *   trace-diff.ts  what a comparison has
 *   side.ts        one of both builds: its entries by name
 *   entries.ts     what became of each entry
 *   causes.ts      why, by the action graphs: the packages where it began; graphs.ts has their actions
 *   touched.ts     whether a package has other files, by the indexes of directories
 *   test-causes.ts why a test ran again though its code is the same
 *   commands.ts    how a compiler was called differently
 *   settings.ts    what differs about the go processes themselves
 *   text.ts, json.ts
 */

/** Compares two builds, each with a trace for each of its go processes. */
export function diffTraces(before: readonly DiffTrace[], after: readonly DiffTrace[]): TraceDiff {
  const entries = compareEntries(new Side(before), new Side(after));
  const causes = findCauses(before, after);
  const tests = findTestCauses(entries.changed, causes, before, after);
  return { settings: compareSettings(before, after), causes: [...causes, ...tests], ...entries };
}
