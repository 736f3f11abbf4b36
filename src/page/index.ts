/*
 * Pages: one HTML file each, which needs no other file and no network. Nothing here knows what a page is about.
 *
 *   html.ts        markup from templates; texts are escaped
 *   document.ts    a whole page
 *   assets.ts      its script and style, from browser/
 *   parts/         figures and tables that are in the document
 *   charts/        plots and bars, as SVG
 *   records/       sets of records: how a page holds them, and how they're searched and sorted
 *   browser/       what runs in the browser: tables with filter and sort, timelines
 */
export { histogram } from "./charts/histogram.ts";
export { spreadLine } from "./charts/intervals.ts";
export { type LatencyLine, latencyLine, percentilePlot } from "./charts/percentile-plot.ts";
export { type Line, plot } from "./charts/plot.ts";
export { logScale, type Scale } from "./charts/scale.ts";
export { type Share, shareBar } from "./charts/share-bar.ts";
export { explorer, type PageContent, pageText, type Section } from "./document.ts";
export { type Content, Html, html } from "./html.ts";
export { facts } from "./parts/facts.ts";
export { type FilterItem, filterable } from "./parts/filterable.ts";
export { type TableColumn, table } from "./parts/table.ts";
export { type Tile, tiles } from "./parts/tiles.ts";
export { legend, toned } from "./parts/tone.ts";
export type { Column, RecordData, Tone } from "./records/column.ts";
export { idColumn, numberColumn, textColumn } from "./records/write.ts";
