import { histogram, html, type Section, table } from "../../../page/index.ts";
import { countText, sizeText } from "../../../quantities.ts";
import type { SizeSummary, Summary } from "../summary.ts";

/** Sizes of bodies. */
export function sizesPart({ sizes }: Summary): Section {
  const { hit, put } = sizes;
  const kinds = [
    { name: "got (hits)", tone: "good", summary: hit },
    { name: "put", tone: "info", summary: put },
  ] as const;
  // Classes without bodies at both ends say nothing.
  const isUsed = (at: number) => kinds.some(({ summary }) => (summary.classes[at]?.count ?? 0) > 0);
  const places = hit.classes.map((_, at) => at);
  const [first = 0, last = -1] = [places.find(isUsed), places.findLast(isUsed)];
  const names = hit.classes
    .slice(first, last + 1)
    .map(({ from, to }) => (from === 0 && to <= 1 ? "0" : from < 1024 ? "1 B" : sizeText(from)));
  const bars = kinds.map(({ name, tone, summary }) => ({
    name,
    tone,
    counts: summary.classes.slice(first, last + 1).map(({ count }) => count),
  }));
  return {
    id: "sizes",
    title: "Sizes",
    half: true,
    hint: "How large the bodies were that go got and put.",
    content: html`${
      hit.count + put.count > 0 &&
      histogram({
        label: "How many bodies have which size, as in the table below",
        title: "from this size to the next",
        classes: names.map((name) => name.replace(".0", "")),
        kinds: bars,
      })
    }
${table<{ name: string; summary: SizeSummary }>(
  "Sizes of bodies",
  [
    { title: "bodies", cell: ({ name }) => name },
    { title: "count", isNumber: true, cell: ({ summary }) => countText(summary.count) },
    { title: "p50", isNumber: true, cell: ({ summary }) => sizeText(summary.p50) },
    { title: "p90", isNumber: true, cell: ({ summary }) => sizeText(summary.p90) },
    { title: "max", isNumber: true, cell: ({ summary }) => sizeText(summary.max) },
    { title: "sum", isNumber: true, cell: ({ summary }) => sizeText(summary.sum) },
  ],
  kinds,
)}`,
  };
}
