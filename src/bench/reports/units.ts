import { three } from "../../quantities.ts";

/** A number: `12,345`, or `3.2` below a hundred. */
export function count(value: number): string {
  const few = value < 100 && !Number.isInteger(value);
  return value.toLocaleString("en-US", { maximumFractionDigits: few ? 1 : 0 });
}

/** Bytes per second as MB/s, without the unit. */
export function size(bytes: number): string {
  return three(bytes / 1e6);
}

/** Bytes as `45 MiB`. */
export function memory(bytes: number): string {
  return `${Math.round(bytes / 1024 ** 2)} MiB`;
}
