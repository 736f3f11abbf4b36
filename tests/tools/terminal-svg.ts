/** A run of characters in one style. */
interface Run {
  readonly column: number;
  readonly text: string;
  /** Classes of the picture, such as "red bold". */
  readonly style: string;
}

/** The size of a character and the space around the text, in pixels. */
const cell = { width: 8, height: 18 };
const margin = 16;

const css = `
text { font: 13.3px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #d6deeb }
.bold { font-weight: bold } .dim { fill: #8492a6 }
.red { fill: #ff6b6b } .green { fill: #7fd962 } .yellow { fill: #ffd166 } .blue { fill: #74b9ff } .cyan { fill: #5ccfe6 }`;

const colours = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];

/**
 * Draws the final state of a terminal. Supports what cacheprogw writes: styles, carriage returns, and the erasing of a
 * line.
 *
 * @param text the bytes written to the terminal, as text
 * @param title the description of the picture, for screen readers
 * @throws {Error} for a control sequence that isn't drawn
 */
export function terminalSVG(text: string, title: string): string {
  const lines = text.trimEnd().split("\n").map(runsOf);
  const columns = Math.max(...lines.flat().map(({ column, text }) => column + Bun.stringWidth(text)));
  const [width, height] = [columns * cell.width + 2 * margin, lines.length * cell.height + 2 * margin];
  const rows = lines.map((runs, row) => runs.map((run) => drawn(run, row)).join("")).filter(Boolean);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title">
<title id="title">${Bun.escapeHTML(title)}</title>
<style>${css}
</style>
<rect width="100%" height="100%" rx="8" fill="#161b22"/>
${rows.join("\n")}
</svg>
`;
}

function drawn({ column, text, style }: Run, row: number): string {
  const [x, y] = [margin + column * cell.width, margin + row * cell.height + 13];
  const length = Bun.stringWidth(text) * cell.width;
  const kind = style === "" ? "" : ` class="${style}"`;
  // textLength keeps columns aligned with any font.
  return `<text x="${x}" y="${y}" textLength="${length}" xml:space="preserve"${kind}>${Bun.escapeHTML(text)}</text>`;
}

/** The final state of a line, as runs of one style without the spaces around them. */
function runsOf(line: string): Run[] {
  const style = new Set<string>();
  let runs: Run[] = [];
  let column = 0;
  const [first = "", ...styled] = line.split("\x1b[");
  write(first);
  for (const part of styled) {
    const [sequence = "", codes = "", kind] = /^([\d;]*)([A-Za-z])/.exec(part) ?? [];
    if (kind === "K") runs = runs.filter((run) => run.column < column);
    else if (kind === "m") restyle(style, codes.split(";").map(Number));
    else throw new Error(`can't draw the control sequence ${JSON.stringify(part.slice(0, 8))}`);
    write(part.slice(sequence.length));
  }
  return runs;

  function write(part: string): void {
    for (const [index, words] of part.split("\r").entries()) {
      if (index > 0) column = 0;
      const text = words.trimStart();
      const start = column + words.length - text.length;
      if (text !== "") runs.push({ column: start, text: text.trimEnd(), style: [...style].join(" ") });
      column += Bun.stringWidth(words);
    }
  }
}

function restyle(style: Set<string>, codes: readonly number[]): void {
  for (const code of codes) {
    if (code === 0) style.clear();
    else if (code === 1) style.add("bold");
    else if (code === 2) style.add("dim");
    else if (code === 22) for (const name of ["bold", "dim"]) style.delete(name);
    else {
      for (const name of colours) style.delete(name);
      const colour = colours[code - 30];
      if (colour !== undefined) style.add(colour);
    }
  }
}
