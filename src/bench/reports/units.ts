/** A number: `12,345`, or `3.2` below a hundred. */
export function count(value: number): string {
  const few = value < 100 && !Number.isInteger(value);
  return value.toLocaleString("en-US", { maximumFractionDigits: few ? 1 : 0 });
}

/** A time with three digits: `87.0 µs`, `5.21 ms`, `1.24 s`. */
export function time(ms: number): string {
  if (ms < 0.9995) return `${three(ms * 1_000)} µs`;
  return ms < 999.5 ? `${three(ms)} ms` : `${three(ms / 1_000)} s`;
}

/** Bytes per second as MB/s, without the unit. */
export function size(bytes: number): string {
  return three(bytes / 1e6);
}

/** Bytes as `45 MiB`. */
export function memory(bytes: number): string {
  return `${Math.round(bytes / 1024 ** 2)} MiB`;
}

/** A share as a percentage: `7 %`, `-7 %`. */
export function percent(part: number): string {
  return `${Math.round(part * 100) || 0} %`;
}

function three(value: number): string {
  return value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0);
}
