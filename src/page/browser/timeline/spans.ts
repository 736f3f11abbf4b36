import type { TextColumn, TimelineColumns, Tone } from "../../records/column.ts";
import { numbers } from "../../records/select.ts";
import type { RecordTable } from "../../records/table.ts";
import { inLanes, type Level, levels, type Times } from "./lanes.ts";
import type { TimeWindow } from "./window.ts";

/** The lanes of the spans that belong together. */
export interface Band {
  readonly name: string;
  readonly lanes: readonly Uint32Array[];
}

/** What a timeline draws: records as spans of time, in bands of lanes. */
export class Spans {
  readonly start: Times;
  readonly length: Times;
  readonly all: TimeWindow;
  readonly bands: readonly Band[];
  /** How many are in flight at each time. */
  readonly levels: readonly Level[];
  readonly most: number;
  readonly #tones: readonly Tone[];
  readonly #tone: TextColumn;
  readonly #label: TextColumn;

  constructor(table: RecordTable, columns: TimelineColumns) {
    this.start = numbers(table, columns.start);
    this.length = numbers(table, columns.length);
    this.#tone = textColumn(table, columns.tone);
    this.#label = textColumn(table, columns.label);
    this.#tones = this.#tone.words.map((word) => this.#tone.tones?.[word] ?? "plain");
    const order = Array.from({ length: table.count }, (_, record) => record);
    order.sort((a, b) => (this.start[a] ?? 0) - (this.start[b] ?? 0) || a - b);
    const end = order.reduce((last, span) => Math.max(last, this.endOf(span)), 0);
    this.all = { from: 0, to: Math.max(end, 1) };
    const band = textColumn(table, columns.band);
    const groups = Map.groupBy(order, (span) => band.words[band.at[span] ?? -1] ?? "");
    this.bands = [...groups].map(([name, spans]) => ({
      name,
      lanes: inLanes(spans, this.start, this.length).spans,
    }));
    this.levels = levels(order, this.start, this.length, end);
    this.most = this.levels.reduce((most, { count }) => Math.max(most, count), 0);
  }

  endOf(span: number): number {
    return (this.start[span] ?? 0) + (this.length[span] ?? 0);
  }

  toneOf(span: number): Tone {
    return this.#tones[this.#tone.at[span] ?? -1] ?? "plain";
  }

  /** What came of it, such as "hit". */
  wordOf(span: number): string {
    return this.#tone.words[this.#tone.at[span] ?? -1] ?? "";
  }

  labelOf(span: number): string {
    return this.#label.words[this.#label.at[span] ?? -1] ?? "";
  }

  /** The place of the first span in a lane that ends after a time. */
  firstAfter(lane: Uint32Array, time: number): number {
    let [low, high] = [0, lane.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.endOf(lane[middle] ?? 0) < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The span of a lane at a time, or the nearest one within `reach`. */
  at(lane: Uint32Array, time: number, reach: number): number | undefined {
    const first = this.firstAfter(lane, time - reach);
    const span = lane[first];
    if (span === undefined || (this.start[span] ?? 0) > time + reach) return undefined;
    return span;
  }

  /** How many records touch a window. */
  countIn({ from, to }: TimeWindow): number {
    let count = 0;
    for (let span = 0; span < this.start.length; span++)
      if ((this.start[span] ?? 0) <= to && this.endOf(span) >= from) count++;
    return count;
  }
}

function textColumn(table: RecordTable, key: string): TextColumn {
  const column = table.column(key);
  if (column.kind !== "text") throw new Error(`bug in the page: the column ${key} has no words`);
  return column;
}
