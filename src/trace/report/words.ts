import { countText, sizeText, timeText } from "../../quantities.ts";
import type { Outcome } from "../requests.ts";

/* Words that reports share. */

/** hit, miss, put, close, or for what didn't succeed: get error, put lost. */
export function requestName(command: string, outcome: Outcome): string {
  if (outcome === "hit" || outcome === "miss") return outcome;
  return outcome === "stored" || outcome === "closed" ? command : `${command} ${outcome}`;
}

/** What something cost: `1.20 s and 3.4 MiB`; "" for nothing. @param time in microseconds */
export function costText({ time, bytes }: { readonly time: number; readonly bytes: number }): string {
  const costs = [...(time > 0 ? [timeText(time / 1000)] : []), ...(bytes > 0 ? [sizeText(bytes)] : [])];
  return costs.join(" and ");
}

/** A few of many texts: `a, b, c and 3 more packages`. @param what many of them are called */
export function listed(texts: readonly string[], what = ""): string {
  const most = 3;
  // One more takes no more room than "1 more".
  if (texts.length <= most + 1) return texts.join(", ");
  const more = `${countText(texts.length - most)} more`;
  return `${texts.slice(0, most).join(", ")} and ${what === "" ? more : `${more} ${what}`}`;
}
