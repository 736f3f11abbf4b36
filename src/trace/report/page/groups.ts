import {
  explorer,
  html,
  numberColumn,
  type RecordData,
  type Section,
  shareBar,
  table,
  textColumn,
} from "../../../page/index.ts";
import { countText, rateText, sizeText, timeText } from "../../../quantities.ts";
import { type ActionKind, actionKinds } from "../../names/action-name.ts";
import { type GroupSummary, hitRate, type Summary } from "../summary.ts";

/** Requests by kind of action. */
export function kindsPart({ kinds }: Summary): Section {
  return {
    id: "kinds",
    title: "What was asked for",
    half: true,
    hint: "Gets and puts by what the entry holds.",
    content: table<GroupSummary>(
      "Requests by kind of action",
      [
        { title: "kind", cell: ({ name }) => kindCell(name) },
        { title: "gets", isNumber: true, cell: ({ total }) => countText(total.gets) },
        { title: "hit rate", isNumber: true, cell: ({ total }) => rateText(total.hits, total.gets) },
        { title: "hits and misses", class: "bar-cell wide", cell: ({ total }) => hitBar(total) },
        { title: "puts", isNumber: true, cell: ({ total }) => countText(total.puts) },
        { title: "read", isNumber: true, class: "wide", cell: ({ total }) => sizeText(total.hitBytes) },
        { title: "time", isNumber: true, cell: ({ total }) => timeText(total.latency / 1_000) },
      ],
      kinds,
    ),
  };
}

function kindCell(name: string) {
  const kind = Object.keys(actionKinds).find((each): each is ActionKind => each === name);
  return html`<span title="${kind === undefined ? "nothing names these actions" : actionKinds[kind]}">${name || "(no name)"}</span>`;
}

function hitBar({ gets, hits }: GroupSummary["total"]) {
  const shares = [
    { name: "hits", value: hits, tone: "good" },
    { name: "not hits", value: gets - hits, tone: "warn" },
  ] as const;
  return gets > 0 && shareBar(shares, `${rateText(hits, gets)} hits`, true);
}

/** Requests by package. */
export function packagesPart({ count }: RecordData): Section {
  return {
    id: "packages",
    title: "Packages",
    hint: "The packages whose requests took longest come first. Select a package to see what else is known of it.",
    content:
      count === 0 ? html`<p>No request has a package.</p>` : explorer("packages", "Requests by package"),
  };
}

/** A record for each package. */
export function packageRecords({ packages }: Summary): RecordData {
  const number = (
    kind: "count" | "time" | "size" | "share",
    key: string,
    title: string,
    of: (group: GroupSummary) => number | undefined,
    isWide = false,
  ) => numberColumn(kind, { key, title, ...(isWide && { shown: "wide" as const }) }, packages, of);
  return {
    count: packages.length,
    noun: ["package", "packages"],
    columns: [
      textColumn(
        { key: "package", title: "Package", searches: "requests" },
        packages,
        ({ name }) => name || "(none)",
      ),
      number("share", "rate", "Hit rate", (group) =>
        group.total.gets === 0 ? undefined : hitRate(group.total),
      ),
      number("count", "gets", "Gets", ({ total }) => total.gets),
      number("count", "hits", "Hits", ({ total }) => total.hits, true),
      number("count", "misses", "Misses", ({ total }) => total.misses),
      number("count", "puts", "Puts", ({ total }) => total.puts),
      number("size", "read", "Read", ({ total }) => total.hitBytes, true),
      number("size", "written", "Written", ({ total }) => total.putBytes, true),
      number("time", "time", "Time of requests", ({ total }) => total.latency),
      number("count", "errors", "Errors", ({ total }) => total.errors + total.lost, true),
    ],
  };
}
