import { countText } from "../../quantities.ts";
import { type Content, type Html, html } from "../html.ts";
import type { Tone } from "../records/column.ts";
import { type Area, keys, rulesAcross } from "./frame.ts";
import { linearScale, type Scale } from "./scale.ts";

/** Classes of one kind: how many there are in each. */
export interface Bars {
  readonly name: string;
  readonly tone: Tone;
  readonly counts: readonly number[];
}

/** Bars side by side for each class. */
export interface Histogram {
  /** What it shows, in a sentence: the text for those who don't see it. */
  readonly label: string;
  /** Below the axis. */
  readonly title: string;
  /** The names of the classes. */
  readonly classes: readonly string[];
  readonly kinds: readonly Bars[];
}

const [width, height] = [560, 240];
const area: Area = { left: 56, right: 548, top: 10, bottom: 196 };
/** How much of the room of a class its bars take, and how wide a name is. */
const [filled, nameWidth] = [0.84, 52];

/** Draws bars, with a legend. Its numbers have to stand beside it as a table. */
export function histogram({ label, title, classes, kinds }: Histogram): Html {
  const most = kinds.reduce((most, { counts }) => Math.max(most, ...counts), 0);
  const up = linearScale(most, [area.bottom, area.top], 4);
  const whole = { ...up, ticks: up.ticks.filter(Number.isInteger) };
  const room = (area.right - area.left) / Math.max(classes.length, 1);
  const start = (at: number) => area.left + (at + (1 - filled) / 2) * room;
  // The names of all classes would overlap: one in so many is shown.
  const every = Math.max(Math.ceil(nameWidth / room), 1);
  const wide = (room * filled) / Math.max(kinds.length, 1);
  const pictures = kinds.map(({ name, tone }, kind) => {
    const place = { x: 2, y: 1, width: 32, height: 10 };
    return [bar(place, tone, kind), name] as const;
  });
  return html`<figure class="plot"><svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}">
${rulesAcross(area, whole, countText)}
${classes.map((name, at) => at % every === 0 && html`<text class="x" x="${start(at).toFixed(1)}" y="${area.bottom + 16}">${name}</text>`)}
<text class="title" x="${(area.left + area.right) / 2}" y="${height - 6}">${title}</text>
${kinds.map((bars, kind) => drawn(bars, kind, classes, (at) => start(at) + kind * wide, wide, up))}
</svg>${keys(pictures)}</figure>`;
}

function drawn(
  { name, tone, counts }: Bars,
  kind: number,
  classes: readonly string[],
  placeOf: (at: number) => number,
  wide: number,
  up: Scale,
): Content {
  return counts.map((count, at) => {
    if (count === 0) return undefined;
    const y = Math.min(up.place(count), area.bottom - 1);
    const place = { x: placeOf(at), y, width: Math.max(wide - 1, 1), height: area.bottom - y };
    return bar(place, tone, kind, `${name}, from ${classes[at] ?? ""}: ${countText(count)}`);
  });
}

interface Place {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The first kind is filled, the others are outlined: they don't differ by color alone. */
function bar({ x, y, width, height }: Place, tone: Tone, kind: number, title?: string): Html {
  const [left, top, wide, high] = [x, y, width, height].map((each) => each.toFixed(1));
  const shape = html`x="${left}" y="${top}" width="${wide}" height="${high}"`;
  return html`<rect ${shape} data-fill="${tone}"${kind > 0 && html` class="outlined"`}>${title !== undefined && html`<title>${title}</title>`}</rect>`;
}
