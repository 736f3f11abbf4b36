/** A number: `12,345`. */
export function countText(value: number): string {
  return value.toLocaleString("en-US");
}

/** A number of things: `1 entry`, `2 entries`. */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${countText(value)} ${value === 1 ? one : many}`;
}

/** A number of bytes: `12 bytes`, `3.4 GiB`. */
export function sizeText(bytes: number): string {
  if (bytes < 1024) return bytes === 1 ? "1 byte" : `${bytes} bytes`;
  const units = ["KiB", "MiB", "GiB", "TiB"];
  let [value, unit] = [bytes / 1024, 0];
  while (value >= 1023.95 && unit < units.length - 1) [value, unit] = [value / 1024, unit + 1];
  return `${value.toFixed(1)} ${units[unit]}`;
}

/** A time with three digits: `87.0 µs`, `5.21 ms`, `1.24 s`; `0 s` for none. */
export function timeText(ms: number): string {
  if (ms === 0) return "0 s";
  if (ms < 0.9995) return `${three(ms * 1_000)} µs`;
  return ms < 999.5 ? `${three(ms)} ms` : `${three(ms / 1_000)} s`;
}

/** A number with three digits, or more if it has more before the point: `1.23`, `12.3`, `1234`. */
export function three(value: number): string {
  return value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0);
}

/** A share as a percentage: `7 %`, `-7 %`. */
export function percentText(part: number): string {
  return `${Math.round(part * 100) || 0} %`;
}

/** How many of all, as a percentage that is 100 % for all of them and 0 % for none, but not for almost all or none. */
export function rateText(some: number, all: number): string {
  if (all === 0) return "–";
  const percent = (some / all) * 100;
  if (some === all || some === 0 || (percent >= 0.5 && percent < 99.5)) return `${Math.round(percent)} %`;
  return `${Math.min(99.9, Math.max(0.1, percent)).toFixed(1)} %`;
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
