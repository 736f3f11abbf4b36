import { fstatSync } from "node:fs";
import type { styleText } from "node:util";
import { writeStderr } from "../../stderr.ts";
import { isDevice } from "./terminal.ts";

/** The width of a text that doesn't go to a terminal, and the widest that is easy to read. */
const columns = { file: 100, most: 120 };

/** stderr as a screen: width, colours, and one line that is rewritten in place. */
export class Screen {
  // node:tty and node:util take longer to load than all of `run`, and a file or a pipe needs neither.
  readonly isTerminal =
    isDevice(2) && process.getBuiltinModule("node:tty").isatty(2) && process.env.TERM !== "dumb";
  /** Whether stdout goes to the same place. */
  readonly #isStdout = isSameFile();
  readonly #hasColour = wantsColour(this.isTerminal);
  /** The line that is shown in place, without a newline. */
  #passing = "";
  /** Whether something else than a text of ours was written last, without a newline at its end. */
  #isLineOpen = false;

  /** The largest width of a text, in columns. */
  get width(): number {
    return this.isTerminal ? Math.min(this.#columns, columns.most) : columns.file;
  }

  style(format: Parameters<typeof styleText>[0], text: string): string {
    if (!this.#hasColour || text === "") return text;
    return process.getBuiltinModule("node:util").styleText(format, text, { validateStream: false });
  }

  /**
   * Writes all of a text before it returns, on a line of its own. The passing line is erased first and drawn again after
   * it.
   */
  write(text: string): void {
    this.aside(() => writeStderr(this.#isLineOpen ? `\n${text}` : text), { fd: 2, isLineOpen: false });
  }

  /**
   * Calls `print`, which writes to stdout or stderr, with the passing line erased.
   *
   * @param written where it writes, and whether that doesn't end with a newline
   */
  aside(print: () => void, { fd, isLineOpen }: Written): void {
    const passing = this.#passing;
    this.pass("");
    print();
    if (fd === 2 || this.#isStdout) this.#isLineOpen = isLineOpen;
    this.pass(passing);
  }

  /** Shows a passing line, cut to fit, until the next one; "" erases it. Does nothing unless stderr is a terminal. */
  pass(line: string): void {
    if (!this.isTerminal || (line === "" && this.#passing === "")) return;
    const fitted = Bun.sliceAnsi(line, 0, this.#columns - 1, "…");
    writeStderr(`\r\x1b[K${this.style("dim", fitted)}`);
    this.#passing = line;
  }

  get #columns(): number {
    return process.stderr.columns || 80;
  }
}

/** What is written beside the passing line. */
export interface Written {
  readonly fd: 1 | 2;
  readonly isLineOpen: boolean;
}

/** Whether stdout and stderr go to the same place: a terminal, or with `2>&1`. */
function isSameFile(): boolean {
  try {
    const [out, err] = [fstatSync(1), fstatSync(2)];
    return out.dev === err.dev && out.ino === err.ino;
  } catch {
    return false; // one is closed
  }
}

/** As node:util does for a stream: FORCE_COLOR (force-color.org) first, then NO_COLOR (no-color.org). */
function wantsColour(isTerminal: boolean): boolean {
  const { FORCE_COLOR, NO_COLOR } = process.env;
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== "0" && FORCE_COLOR !== "false";
  return isTerminal && !NO_COLOR;
}
