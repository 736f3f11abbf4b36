import type { Band } from "./spans.ts";

/** Heights of the parts of a timeline, from above, in pixels. */
export const overviewHeight = 36;
export const axisHeight = 20;
export const stripHeight = 8;
const bandHeading = 16;
const bandGap = 6;
/** What the lanes take together at most, if they aren't too many, and the height of one. */
const roomForLanes = 300;
const tallest = 16;
const lowest = 2;

/** Where a band is drawn. */
export interface PlacedBand {
  readonly band: Band;
  /** Of the heading, and of the first lane. */
  readonly heading: number;
  readonly top: number;
  readonly bottom: number;
}

export interface Layout {
  readonly bands: readonly PlacedBand[];
  readonly laneHeight: number;
  readonly height: number;
}

/** Places the bands one below the other. */
export function layOut(bands: readonly Band[]): Layout {
  const lanes = bands.reduce((sum, band) => sum + band.lanes.length, 0);
  const laneHeight = Math.min(Math.max(Math.floor(roomForLanes / Math.max(lanes, 1)), lowest), tallest);
  let y = overviewHeight + axisHeight + stripHeight + bandGap;
  const placed = bands.map((band) => {
    const heading = y;
    const top = heading + bandHeading;
    y = top + band.lanes.length * laneHeight + bandGap;
    return { band, heading, top, bottom: y - bandGap };
  });
  return { bands: placed, laneHeight, height: y };
}
