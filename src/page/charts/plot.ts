import { type Content, type Html, html } from "../html.ts";
import { type Area, keys, rulesAcross, rulesUp } from "./frame.ts";
import type { Scale } from "./scale.ts";

/** The lines of a plot differ in color, in dashes and in marks. There are this many. */
export const mostLines = 6;

/** A line of a plot. */
export interface Line {
  readonly name: string;
  /** Which of the {@link mostLines} ways it's drawn in; the next one by default. */
  readonly style?: number;
  readonly points: readonly Point[];
}

/** A place of a line, with how far the value was seen to spread. */
export interface Point {
  readonly x: number;
  readonly y: number;
  readonly low?: number;
  readonly high?: number;
  /** What a pointer over it shows. */
  readonly title?: string;
}

/** A plot of lines. */
export interface Plot {
  /** What it shows, in a sentence: the text for those who don't see it. */
  readonly label: string;
  readonly lines: readonly Line[];
  readonly x: Axis;
  readonly y: Axis;
}

interface Axis {
  readonly title: string;
  /** @param ends where the axis begins and ends, in the units of the plot */
  scale(ends: readonly [number, number]): Scale;
  text(tick: number): string;
}

const [width, height] = [560, 300];
const area: Area = { left: 64, right: 532, top: 10, bottom: 258 };

/** Draws a plot, with a legend. Its numbers have to stand beside it as a table. */
export function plot({ label, lines, x, y }: Plot): Html {
  const across = x.scale([area.left, area.right]);
  const up = y.scale([area.bottom, area.top]);
  const shown = lines.slice(0, mostLines).map((line, at) => ({ ...line, style: line.style ?? at }));
  const pictures = shown.map(
    ({ name, style }) =>
      [html`<path class="line" data-line="${style}" d="M2 6H34"/>${mark(style, 18, 6)}`, name] as const,
  );
  return html`<figure class="plot"><svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}">
${rulesAcross(area, up, y.text)}
${rulesUp(area, across, x.text)}
<text class="title" x="${(area.left + area.right) / 2}" y="${height - 6}">${x.title}</text>
<text class="title up" x="${-(area.top + area.bottom) / 2}" y="12" transform="rotate(-90)">${y.title}</text>
${shown.map((line) => drawn(line, line.style, across, up))}
</svg>${keys(pictures)}</figure>`;
}

function drawn({ points }: Line, at: number, across: Scale, up: Scale): Content {
  const path = points.map(({ x, y }, index) => {
    const place = `${across.place(x).toFixed(1)} ${up.place(y).toFixed(1)}`;
    return `${index === 0 ? "M" : "L"}${place}`;
  });
  const spreads = points.map(({ x, low, high }) => {
    if (low === undefined || high === undefined) return undefined;
    const [place, from, to] = [across.place(x), up.place(low), up.place(high)].map((each) => each.toFixed(1));
    return html`<path class="spread" data-line="${at}" d="M${place ?? ""} ${from ?? ""}V${to ?? ""}"/>`;
  });
  const marks = points.map(({ x, y, title }) =>
    title === undefined ? undefined : mark(at, across.place(x), up.place(y), title),
  );
  return html`<path class="line" data-line="${at}" d="${path.join("")}"/>${spreads}${marks}`;
}

/** A mark in the shape of its line. */
function mark(line: number, x: number, y: number, title?: string): Html {
  const shapes = [
    `M${x - 3.5} ${y}a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0 -7 0`,
    `M${x - 3.5} ${y - 3.5}h7v7h-7z`,
    `M${x} ${y - 4.5}l4.5 8h-9z`,
    `M${x} ${y - 4.5}l4.5 4.5l-4.5 4.5l-4.5 -4.5z`,
    `M${x - 4.5} ${y - 3.5}h9l-4.5 8z`,
    `M${x - 4} ${y - 1.5}h8v3h-8z`,
  ];
  return html`<path class="mark" data-line="${line}" d="${shapes[line % shapes.length] ?? ""}">${title !== undefined && html`<title>${title}</title>`}</path>`;
}
