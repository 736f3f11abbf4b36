import type { Screen } from "./screen.ts";

/** How many columns the bar has. */
const length = 20;

/** How far a long command is, on a terminal: a bar, and a few words. It is gone at the end of its scope. */
export class ProgressBar implements Disposable {
  readonly #screen: Screen;

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  /** @param part from 0 to 1 */
  show(part: number, words: string): void {
    const full = Math.round(part * length);
    const percent = `${Math.floor(part * 100)}`.padStart(3);
    this.#screen.pass(`  ${"█".repeat(full)}${"░".repeat(length - full)} ${percent} %  ${words}`);
  }

  [Symbol.dispose](): void {
    this.#screen.pass("");
  }
}
