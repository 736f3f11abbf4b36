import type { DiskStore } from "../../server/store/disk-store.ts";
import { serveThrough } from "../fault.ts";

/** A hit as it is on the wire. A Size of 0 is left out. */
export interface WrittenHit {
  readonly ID: number;
  readonly OutputID: string;
  readonly Size?: number;
  readonly Time: string;
  readonly DiskPath: string;
}

/** Serves a store. `change` gets each hit and returns the object to write instead. */
export function changeHits(store: DiskStore, change: (hit: WrittenHit) => object): Promise<void> {
  return serveThrough(store, (answer) => {
    if (!answer.includes('"OutputID"')) return answer;
    const hit: WrittenHit = JSON.parse(answer);
    return `${JSON.stringify(change(hit))}\n`;
  });
}

/** Returns a function that is true for every miss whose number is a multiple of `count`. */
export function everyMiss(count: number): (answer: string) => boolean {
  let misses = 0;
  return (answer) => answer.includes('"Miss":true') && ++misses % count === 0;
}
