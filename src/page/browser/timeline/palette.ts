import type { Tone } from "../../records/column.ts";

/** The colors of a canvas: those of the page, which depend on the color scheme. */
export interface Palette {
  readonly tones: Readonly<Record<Tone, string>>;
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
  const tones = {
    good: color("good"),
    warn: color("warn"),
    info: color("info"),
    bad: color("bad"),
    plain: color("muted"),
  };
  return {
    tones,
    text: color("text"),
    muted: color("muted"),
    line: color("line"),
    surface: color("surface"),
    busy: color("busy"),
    font: `11px ${style.fontFamily}`,
  };
}
