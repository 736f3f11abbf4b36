/** A part of an open page with a set of records. */
export class Part {
  readonly #view: Bun.WebView;
  readonly #selector: string;

  constructor(view: Bun.WebView, selector: string) {
    this.#view = view;
    this.#selector = selector;
  }

  /** The value of an expression as text or JSON, after what was asked for has been drawn. */
  async read(expression: string): Promise<unknown> {
    await this.#view.evaluate(
      "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(1))))",
    );
    return this.#view.evaluate(expression);
  }

  /** How many records the filter has left. */
  async shown(): Promise<number> {
    const text = await this.read(`document.querySelector("${this.#selector} .toolbar output").textContent`);
    return Number(
      String(text)
        .match(/^[\d,]+/)?.[0]
        .replaceAll(",", ""),
    );
  }

  /** The texts of a column, of the rows that are in the document. */
  async column(at: number): Promise<readonly string[]> {
    const rows = `document.querySelectorAll("${this.#selector} tbody tr:not(.spacer)")`;
    const texts = await this.read(`[...${rows}].map((row) => row.cells[${at}].textContent)`);
    return Array.isArray(texts) ? texts.map(String) : [];
  }

  /** Changes a field of the filter. */
  async input(field: string, value: string): Promise<void> {
    const element = `document.querySelector(${JSON.stringify(`${this.#selector} .toolbar ${field}`)})`;
    await this.read(`(() => {
      const field = ${element};
      field.value = ${JSON.stringify(value)};
      field.dispatchEvent(new Event("input", { bubbles: true }));
    })()`);
  }
}
