/** First in, first out. Taking an item costs the same at any length, and items that were taken can be collected. */
export class Queue<T> {
  #items: (T | undefined)[] = [];
  /** The index of the next item to take. */
  #head = 0;

  /** The item that shift() would take. */
  get next(): T | undefined {
    return this.#items[this.#head];
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): T | undefined {
    const item = this.next;
    if (item === undefined) return undefined;
    this.#items[this.#head++] = undefined;
    // Cutting when half is taken moves each item once on average.
    if (this.#head * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }
}
