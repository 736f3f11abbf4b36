import type { Screen } from "./screen.ts";

/** The columns of the bar. */
const length = 20;

/** A progress bar with a few words, on a terminal. It is erased at the end of its scope. */
export class ProgressBar implements Disposable {
  readonly #screen: Screen;

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  /** @param part the share that is done, from 0 to 1 */
  show(part: number, words: string): void {
    const full = Math.round(part * length);
    const percent = `${Math.floor(part * 100)}`.padStart(3);
    this.#screen.pass(`  ${"█".repeat(full)}${"░".repeat(length - full)} ${percent} %  ${words}`);
  }

  [Symbol.dispose](): void {
    this.#screen.pass("");
  }
}
