import { countText, plural, timeText } from "../../../quantities.ts";
import type { TimelineColumns } from "../../records/column.ts";
import type { RecordTable } from "../../records/table.ts";
import { element, inNextFrame } from "../element.ts";
import { buttons, obeyKeys, type TimeActions } from "./controls.ts";
import { draw } from "./draw.ts";
import { layOut, overviewHeight } from "./layout.ts";
import { paletteOf } from "./palette.ts";
import { Pointer } from "./pointer.ts";
import { Spans } from "./spans.ts";
import { around, moved, panned, type TimeWindow, within, zoomed } from "./window.ts";

interface Events {
  onSelect(record: number | undefined): void;
  /** Another part of time is shown. */
  onWindow(): void;
}

/** A timeline on a canvas. It has controls, keys and a text for those who don't see it. */
export class Timeline {
  readonly element: HTMLElement;
  readonly #spans: Spans;
  readonly #layout: ReturnType<typeof layOut>;
  readonly #events: Events;
  readonly #many: string;
  readonly #canvas = element("canvas", { role: "img" });
  readonly #tip = element("div", { class: "tip", role: "presentation", hidden: true });
  readonly #where = element("output", { class: "where", "aria-live": "polite" });
  #window: TimeWindow;
  #found: Uint8Array | undefined;
  #selected: number | undefined;
  #pointed: number | undefined;
  readonly #redraw = inNextFrame(() => this.#draw());

  constructor(table: RecordTable, columns: TimelineColumns, events: Events) {
    this.#events = events;
    this.#many = table.data.noun[1];
    this.#spans = new Spans(table, columns);
    this.#window = this.#spans.all;
    this.#layout = layOut(this.#spans.bands);
    this.#canvas.setAttribute("aria-label", this.#description(table));
    const stage = element(
      "div",
      {
        class: "stage",
        tabindex: 0,
        role: "group",
        "aria-label": "Timeline: arrow keys move, + and - zoom, 0 shows all",
      },
      this.#canvas,
      this.#tip,
    );
    const actions = this.#actions();
    obeyKeys(stage, actions);
    this.element = element("div", { class: "timeline" }, buttons(actions, this.#where), stage);
    this.#listen();
  }

  /** The part of time that is shown. */
  get range(): readonly [number, number] {
    return [this.#window.from, this.#window.to];
  }

  /** Draws these records clearly, and the others faintly. */
  highlight(records: Uint32Array): void {
    if (records.length === this.#spans.start.length) this.#found = undefined;
    else {
      this.#found = new Uint8Array(this.#spans.start.length);
      for (const record of records) this.#found[record] = 1;
    }
    this.#redraw();
  }

  /** Marks a record, and moves the window to it unless it's in view. */
  select(record: number | undefined): void {
    this.#selected = record;
    if (record !== undefined) {
      const [start, end] = this.#times(record);
      const isInView = start >= this.#window.from && end <= this.#window.to;
      if (!isInView) this.#show(around(this.#window, start, end - start, this.#spans.all));
    }
    this.#redraw();
  }

  #times(record: number): readonly [start: number, end: number] {
    return [this.#spans.start[record] ?? 0, this.#spans.end[record] ?? 0];
  }

  #description(table: RecordTable): string {
    const { all, most, bands } = this.#spans;
    const names = bands.map(({ name, lanes }) => `${name}: up to ${lanes.length} at once`).join("; ");
    return `${countText(table.count)} ${this.#many} in ${timeText(all.to / 1_000)}, at most ${most} in flight at once. ${names}. The table below has all of them.`;
  }

  #actions(): TimeActions {
    const show = (window: TimeWindow) => this.#show(window);
    return {
      zoomIn: () => this.#zoom(0.5),
      zoomOut: () => this.#zoom(2),
      pan: (part) => show(panned(this.#window, part, this.#spans.all)),
      start: () => show(moved(this.#window, 0)),
      end: () => show(moved(this.#window, this.#spans.all.to)),
      all: () => show(this.#spans.all),
    };
  }

  #listen(): void {
    new Pointer(this.#canvas, {
      isOverview: (y) => y < overviewHeight,
      onPan: (pixels) => this.#show(panned(this.#window, -pixels / this.#width, this.#spans.all)),
      onZoom: (factor, x) => this.#zoom(factor, this.#timeAt(x)),
      onChoose: (from, to) => this.#choose(from, to),
      onPoint: (x, y) => this.#point(x, y),
      onClick: (x, y) => this.#events.onSelect(this.#spanAt(x, y)),
    });
    new ResizeObserver(this.#redraw).observe(this.#canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", this.#redraw);
  }

  get #width(): number {
    return Math.max(this.#canvas.clientWidth, 1);
  }

  #timeAt(x: number): number {
    const { from, to } = this.#window;
    return from + (x / this.#width) * (to - from);
  }

  #zoom(factor: number, time?: number): void {
    this.#show(zoomed(this.#window, factor, this.#spans.all, time));
  }

  /** Shows a part that was chosen in the overview; a click moves the window. */
  #choose(from: number, to: number): void {
    const { all } = this.#spans;
    const scale = (all.to - all.from) / this.#width;
    const [start, end] = [Math.min(from, to) * scale, Math.max(from, to) * scale];
    const half = (this.#window.to - this.#window.from) / 2;
    const isPart = Math.abs(from - to) > 3;
    this.#show(isPart ? { from: start, to: end } : { from: start - half, to: start + half });
  }

  #show(window: TimeWindow): void {
    this.#window = within(window, this.#spans.all);
    this.#redraw();
    this.#events.onWindow();
  }

  #spanAt(x: number, y: number): number | undefined {
    const { bands, laneHeight } = this.#layout;
    const placed = bands.find(({ top, bottom }) => y >= top && y < bottom);
    const lane = placed?.band.lanes[Math.floor((y - placed.top) / laneHeight)];
    if (lane === undefined) return undefined;
    const reach = (3 / this.#width) * (this.#window.to - this.#window.from);
    return this.#spans.at(lane, this.#timeAt(x), reach);
  }

  /** Says what is below the pointer. */
  #point(x: number | undefined, y: number): void {
    const span = x === undefined ? undefined : this.#spanAt(x, y);
    this.#tip.hidden = span === undefined;
    if (span !== undefined && x !== undefined) {
      const label = this.#spans.labelOf(span);
      const [start, end] = this.#times(span);
      const took = timeText((end - start) / 1_000);
      this.#tip.textContent = `${this.#spans.wordOf(span)}, ${took}${label === "" ? "" : ` · ${label}`}`;
      const isLeft = x < this.#width / 2;
      this.#tip.style.left = isLeft ? `${x + 12}px` : "auto";
      this.#tip.style.right = isLeft ? "auto" : `${this.#width - x + 12}px`;
      this.#tip.style.top = `${y + 14}px`;
    }
    if (span === this.#pointed) return;
    this.#pointed = span;
    this.#redraw();
  }

  #draw(): void {
    const [width, height] = [this.#width, this.#layout.height];
    const ratio = devicePixelRatio || 1;
    const [wide, high] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (this.#canvas.width !== wide) this.#canvas.width = wide;
    if (this.#canvas.height !== high) this.#canvas.height = high;
    this.#canvas.style.height = `${height}px`;
    const context = this.#canvas.getContext("2d");
    if (context === null) return;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    draw(context, {
      spans: this.#spans,
      layout: this.#layout,
      palette: paletteOf(this.#canvas),
      window: this.#window,
      width,
      found: this.#found,
      selected: this.#selected,
      pointed: this.#pointed,
    });
    const { from, to } = this.#window;
    const count = this.#spans.countIn(this.#window);
    const one = this.#many.replace(/s$/, "");
    this.#where.textContent = `${timeText(from / 1_000)} to ${timeText(to / 1_000)}: ${plural(count, one, this.#many)}`;
  }
}
