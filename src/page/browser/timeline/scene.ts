import type { Layout } from "./layout.ts";
import type { Palette } from "./palette.ts";
import type { Spans } from "./spans.ts";
import type { TimeWindow } from "./window.ts";

/** What is drawn now. */
export interface Scene {
  readonly spans: Spans;
  readonly layout: Layout;
  readonly palette: Palette;
  readonly window: TimeWindow;
  readonly width: number;
  /** The records that the filter has left; undefined: all. */
  readonly found: Uint8Array | undefined;
  readonly selected: number | undefined;
  readonly pointed: number | undefined;
}

export type Context = CanvasRenderingContext2D;
