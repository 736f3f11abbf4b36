import { toneOrder } from "./spans.ts";

/** The colors of a canvas: those of the page, which depend on the color scheme. */
export interface Palette {
  /** In the order of {@link toneOrder}. */
  readonly tones: readonly string[];
  readonly text: string;
  readonly muted: string;
  readonly line: string;
  readonly surface: string;
  readonly busy: string;
  readonly font: string;
}

export function paletteOf(element: HTMLElement): Palette {
  const style = getComputedStyle(element);
  const color = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    tones: toneOrder.map((tone) => color(tone === "plain" ? "muted" : tone)),
    text: color("text"),
    muted: color("muted"),
    line: color("line"),
    surface: color("surface"),
    busy: color("busy"),
    font: `11px ${style.fontFamily}`,
  };
}
