/**
 * Puts spans in as few lanes as possible, each in the topmost lane that is free. The spans of one lane follow each other,
 * so the lanes show one below the other what overlaps in time.
 *
 * @param order the spans, by their start
 * @returns the spans of each lane, by their start
 */
export function inLanes(order: Iterable<number>, start: Float64Array, end: Float64Array): Uint32Array[] {
  const lanes: number[][] = [];
  const busy = new Heap();
  const free = new Heap();
  for (const span of order) {
    const begins = start[span] ?? 0;
    // A lane is free again when the span in it has ended.
    for (let first = busy.first; first !== undefined && first.key <= begins; first = busy.first) {
      busy.pop();
      free.push({ key: first.lane, lane: first.lane });
    }
    const lane = free.pop()?.lane ?? lanes.length;
    const spans = lanes[lane];
    if (spans === undefined) lanes.push([span]);
    else spans.push(span);
    busy.push({ key: end[span] ?? 0, lane });
  }
  return lanes.map((spans) => Uint32Array.from(spans));
}

interface Item {
  readonly key: number;
  readonly lane: number;
}

/** A heap: the item with the smallest key comes first. */
class Heap {
  readonly #items: Item[] = [];

  get first(): Item | undefined {
    return this.#items[0];
  }

  push(item: Item): void {
    const items = this.#items;
    let at = items.length;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const other = items[above];
      if (other === undefined || other.key <= item.key) break;
      items[at] = other;
      at = above;
    }
    items[at] = item;
  }

  pop(): Item | undefined {
    const items = this.#items;
    const first = items[0];
    const last = items.pop();
    if (last === undefined || items.length === 0) return first;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const [one, two] = [items[left], items[left + 1]];
      const below = two !== undefined && one !== undefined && two.key < one.key ? left + 1 : left;
      const other = items[below];
      if (other === undefined || other.key >= last.key) break;
      items[at] = other;
      at = below;
    }
    items[at] = last;
    return first;
  }
}

/** A piece of time with so many spans in it. */
export interface Level {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** How many spans there are at each time, as pieces that adjoin, from 0 to the last end. */
export function levels(start: Float64Array, end: Float64Array): Level[] {
  const [starts, ends] = [start.toSorted(), end.toSorted()];
  const found: Level[] = [];
  let [from, count, begun, ended] = [0, 0, 0, 0];
  while (ended < ends.length) {
    const [next = Number.POSITIVE_INFINITY, done = 0] = [starts[begun], ends[ended]];
    const time = Math.min(next, done);
    if (time > from) found.push({ from, to: time, count });
    from = Math.max(from, time);
    if (next <= done) [count, begun] = [count + 1, begun + 1];
    else [count, ended] = [count - 1, ended + 1];
  }
  return found;
}
