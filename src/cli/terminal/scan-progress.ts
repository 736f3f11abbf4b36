import { ProgressBar } from "./progress-bar.ts";
import { Screen } from "./screen.ts";

/** The interval between updates, in ms. */
const pace = 100;

/** Shows a progress bar on a terminal while `work` runs, which calls its argument with the share that is done. */
export async function withProgress<T>(
  words: string,
  work: (onProgress: (part: number) => void) => Promise<T>,
): Promise<T> {
  using bar = new ProgressBar(new Screen());
  let last = performance.now();
  return await work((part) => {
    if (performance.now() - last < pace) return;
    last = performance.now();
    bar.show(part, words);
  });
}
