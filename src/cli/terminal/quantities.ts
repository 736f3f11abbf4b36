import type { Amount } from "../../server/store/trim/inventory.ts";

/** A number: `12,345`. */
export function countText(value: number): string {
  return value.toLocaleString("en-US");
}

/** A number of bytes: `12 bytes`, `3.4 GiB`. */
export function sizeText(bytes: number): string {
  if (bytes < 1024) return bytes === 1 ? "1 byte" : `${bytes} bytes`;
  const units = ["KiB", "MiB", "GiB", "TiB"];
  let [value, unit] = [bytes / 1024, 0];
  while (value >= 1023.95 && unit < units.length - 1) [value, unit] = [value / 1024, unit + 1];
  return `${value.toFixed(1)} ${units[unit]}`;
}

/** A number of seconds, in its largest unit: `2 days`. */
export function ageText(seconds: number): string {
  for (const [unit, length] of [
    ["day", 24 * 3600],
    ["hour", 3600],
    ["minute", 60],
  ] as const) {
    if (seconds >= length) return plural(Math.floor(seconds / length), unit);
  }
  return plural(Math.max(0, seconds), "second");
}

/** `1 entry and 2 bodies, 8.0 KiB`. */
export function amountText({ entries, bodies, diskBytes }: Amount): string {
  return `${plural(entries, "entry", "entries")} and ${plural(bodies, "body", "bodies")}, ${sizeText(diskBytes)}`;
}

/** A table: the first column to the left, the others to the right. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join("  ");
  return rows.map((row) => `${line(row)}\n`).join("");
}

function plural(value: number, one: string, many = `${one}s`): string {
  return `${countText(value)} ${value === 1 ? one : many}`;
}
