/** A part of time that is shown, in microseconds. */
export interface TimeWindow {
  readonly from: number;
  readonly to: number;
}

/** The shortest part that is shown, in microseconds. */
const shortest = 20;

/** The window with the same middle, or the same place at `around`, that is `factor` times as long; within all time. */
export function zoomed(window: TimeWindow, factor: number, all: TimeWindow, around?: number): TimeWindow {
  const length = window.to - window.from;
  const next = Math.min(Math.max(length * factor, shortest), all.to - all.from);
  const center = around ?? (window.from + window.to) / 2;
  const from = center - ((center - window.from) / length) * next;
  return within({ from, to: from + next }, all);
}

/** The window that is later by a part of its length; within all time. */
export function panned(window: TimeWindow, part: number, all: TimeWindow): TimeWindow {
  const by = (window.to - window.from) * part;
  return within({ from: window.from + by, to: window.to + by }, all);
}

/** The window that begins at a time. */
export function moved({ from, to }: TimeWindow, start: number): TimeWindow {
  return { from: start, to: start + to - from };
}

/** The window around a span; it keeps its length if the span fits in it. */
export function around(window: TimeWindow, start: number, length: number, all: TimeWindow): TimeWindow {
  const room = Math.max(Math.min(window.to - window.from, (all.to - all.from) / 20), length * 3);
  const middle = start + length / 2;
  return within({ from: middle - room / 2, to: middle + room / 2 }, all);
}

/** The window, moved into all time, and not longer. */
export function within({ from, to }: TimeWindow, all: TimeWindow): TimeWindow {
  const length = Math.min(Math.max(to - from, shortest), Math.max(all.to - all.from, shortest));
  const start = Math.min(Math.max(from, all.from), Math.max(all.to - length, all.from));
  return { from: start, to: start + length };
}

/** Round times for an axis: about as many as asked for. */
export function ticks({ from, to }: TimeWindow, about: number): readonly number[] {
  const rough = (to - from) / Math.max(about, 1);
  const power = 10 ** Math.floor(Math.log10(Math.max(rough, 1)));
  const step = Math.max(
    [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= rough) ?? power,
    1,
  );
  const first = Math.ceil(from / step);
  const count = Math.max(Math.floor(to / step) - first + 1, 0);
  return Array.from({ length: count }, (_, at) => (first + at) * step);
}
