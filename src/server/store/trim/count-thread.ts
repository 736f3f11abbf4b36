import { countPlace } from "./count-place.ts";

declare const self: Worker;

/** A request to a thread: a place of a store. */
export interface CountJob {
  readonly directory: string;
  readonly place: number;
}

/*
 * A thread that counts places of a store: see counting-threads.ts. It's a file of its own in the package, too.
 */
self.onmessage = ({ data: { directory, place } }: MessageEvent<CountJob>) => {
  const count = countPlace(directory, place);
  const { words, uses, outputs, bodies } = count;
  postMessage(count, [words.buffer, uses.buffer, outputs.buffer, bodies.buffer]);
};
