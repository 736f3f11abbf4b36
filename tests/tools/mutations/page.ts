import { type Mutation, of } from "./mutation.ts";

/** Mutations of the pages: markup, records, timelines, and what a page of a trace says. */
export const page: readonly Mutation[] = [
  ...of(
    "src/safe-text.ts",
    ["page/html.test.ts"],
    [
      [
        "return legible(text).replace(/[&<>\"']/g,",
        'return legible(text).replace(/[&<>"]/g,',
        "a quote in an attribute isn't escaped",
      ],
    ],
  ),
  ...of(
    "src/page/document.ts",
    ["page/document.test.ts"],
    [
      ['.replaceAll("<", "\\\\u003c")', "", "a text in the data ends the script"],
      ["default-src 'none'; ", "", "the page may load what it likes"],
    ],
  ),
  ...of(
    "src/page/records/select.ts",
    ["page/records.test.ts"],
    [
      ["if (one === other) return a - b;", "if (one === other) return b - a;", "equal records change places"],
      [
        "if (one === Number.POSITIVE_INFINITY || other === Number.POSITIVE_INFINITY) return one - other;",
        "",
        "what has no value comes first in a descending order",
      ],
      ["return table.id(column, at).startsWith(digits);", "return true;", "four digits of an id are enough"],
      ["return begins <= to &&", "return begins < to &&", "what begins at the end of a range is left out"],
      [".toLowerCase()\n    .split", "\n    .split", "a capital finds nothing"],
    ],
  ),
  ...of(
    "src/page/browser/timeline/lanes.ts",
    ["page/timeline.test.ts"],
    [
      ["first.key <= begins;", "first.key < begins;", "a lane isn't free at the end of its span"],
      ["other.key <= item.key", "other.key >= item.key", "spans aren't in as few lanes as possible"],
      ["if (time > from)", "if (true)", "there are levels without length"],
    ],
  ),
  ...of(
    "src/page/browser/timeline/window.ts",
    ["page/timeline.test.ts"],
    [
      [
        "around ?? (window.from + window.to) / 2",
        "(window.from + window.to) / 2",
        "the wheel zooms elsewhere",
      ],
      ["Math.max(all.to - length, all.from)", "all.to", "the window moves beyond all time"],
    ],
  ),
  ...of(
    "src/bench/reports/page/throughput.ts",
    ["bench/reports/page.test.ts"],
    [
      ["low: speed.min, high: speed.max", "low: speed.median, high: speed.median", "the spread isn't shown"],
      ["new Set(values).size < 2", "false", "one figure makes a plot"],
    ],
  ),
  ...of(
    "src/cli/check/conversations.ts",
    ["cli/check/conversations.test.ts"],
    [
      ["isFailure({ verdict }) ||", "", "a failed check has no conversation"],
      ["this.#last.length - mostLast", "0", "what is left out isn't said"],
    ],
  ),
];
