import type { DiskStore } from "../../server/store/disk-store.ts";
import { serveThrough } from "../fault.ts";

/** A hit as it is on the wire. Size is left out where it is 0. */
export interface WrittenHit {
  readonly ID: number;
  readonly OutputID: string;
  readonly Size?: number;
  readonly Time: string;
  readonly DiskPath: string;
}

/** Serves a store soundly, but for hits: `change` gets each, and returns what is written in its place. */
export function changeHits(store: DiskStore, change: (hit: WrittenHit) => object): Promise<void> {
  return serveThrough(store, (answer) => {
    if (!answer.includes('"OutputID"')) return answer;
    const hit: WrittenHit = JSON.parse(answer);
    return `${JSON.stringify(change(hit))}\n`;
  });
}

/** Tells of each answer whether it is a miss, and the last of so many. */
export function everyMiss(count: number): (answer: string) => boolean {
  let misses = 0;
  return (answer) => answer.includes('"Miss":true') && ++misses % count === 0;
}
