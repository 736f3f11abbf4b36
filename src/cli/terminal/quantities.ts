import { plural, sizeText } from "../../quantities.ts";
import type { Amount } from "../../server/store/trim/inventory.ts";

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
