import type { TextColumn, TimelineColumns, Tone } from "../../records/column.ts";
import { numbers } from "../../records/select.ts";
import type { RecordTable } from "../../records/table.ts";
import { inLanes, type Level, levels } from "./lanes.ts";
import type { TimeWindow } from "./window.ts";

/** The lanes of the spans that belong together. */
export interface Band {
  readonly name: string;
  readonly lanes: readonly Uint32Array[];
}

/** The tones by importance: where spans are too narrow for all, the later tone is drawn. */
export const toneOrder: readonly Tone[] = ["plain", "good", "info", "warn", "bad"];

/** What a timeline draws: records as spans of time, in bands of lanes. */
export class Spans {
  readonly start: Float64Array;
  readonly end: Float64Array;
  /** For each span, the place of its tone in {@link toneOrder}. */
  readonly tones: Uint8Array;
  readonly all: TimeWindow;
  readonly bands: readonly Band[];
  /** How many are in flight at each time. */
  readonly levels: readonly Level[];
  readonly most: number;
  readonly #tone: TextColumn;
  readonly #label: TextColumn;

  constructor(table: RecordTable, columns: TimelineColumns) {
    const length = numbers(table, columns.length);
    this.start = Float64Array.from(numbers(table, columns.start), (value) => value ?? 0);
    this.end = this.start.map((start, span) => start + (length[span] ?? 0));
    this.#tone = textColumn(table, columns.tone);
    this.#label = textColumn(table, columns.label);
    const tones = this.#tone.words.map((word) => toneOrder.indexOf(this.#tone.tones?.[word] ?? "plain"));
    this.tones = Uint8Array.from(this.#tone.at, (at) => tones[at] ?? 0);
    const order = Uint32Array.from({ length: table.count }, (_, record) => record);
    order.sort((a, b) => (this.start[a] ?? 0) - (this.start[b] ?? 0) || a - b);
    const end = this.end.reduce((last, each) => Math.max(last, each), 1);
    this.all = { from: 0, to: end };
    const band = textColumn(table, columns.band);
    this.bands = [...Map.groupBy(order, (span) => band.at[span] ?? -1)].map(([at, spans]) => ({
      name: band.words[at] ?? "",
      lanes: inLanes(spans, this.start, this.end),
    }));
    this.levels = levels(this.start, this.end);
    this.most = this.levels.reduce((most, { count }) => Math.max(most, count), 1);
  }

  /** What came of it, such as "hit". */
  wordOf(span: number): string {
    return this.#tone.words[this.#tone.at[span] ?? -1] ?? "";
  }

  labelOf(span: number): string {
    return this.#label.words[this.#label.at[span] ?? -1] ?? "";
  }

  /** The place of the first span in a lane that ends at a time or later. */
  firstAfter(lane: Uint32Array, time: number): number {
    return firstPlace(lane.length, (at) => (this.end[lane[at] ?? 0] ?? 0) >= time);
  }

  /** The span of a lane at a time, or the nearest one within `reach`. */
  at(lane: Uint32Array, time: number, reach: number): number | undefined {
    const span = lane[this.firstAfter(lane, time - reach)];
    return span === undefined || (this.start[span] ?? 0) > time + reach ? undefined : span;
  }

  /** How many records touch a window. */
  countIn({ from, to }: TimeWindow): number {
    let count = 0;
    for (let span = 0; span < this.start.length; span++)
      if ((this.start[span] ?? 0) <= to && (this.end[span] ?? 0) >= from) count++;
    return count;
  }
}

/** The first place from which on `is` holds, which holds from some place on; `length` if it never does. */
export function firstPlace(length: number, is: (place: number) => boolean): number {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (is(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

function textColumn(table: RecordTable, key: string): TextColumn {
  const column = table.column(key);
  if (column.kind !== "text") throw new Error(`bug in the page: the column ${key} has no words`);
  return column;
}
