/**
 * A Go slice as encoding/json fills it. A key that comes twice shows what is particular about it: an array writes over
 * the elements that are there, and a null in an array leaves the element that the memory behind the slice still has,
 * even past the end of the slice.
 *
 * Source: decodeState.array and literalStore in encoding/json/decode.go.
 */
export class Slice<T> {
  #memory: ArrayLike<T> & Iterable<T> = [];
  #length = 0;
  readonly #zero: T;

  /** @param zero what an element is that nothing was written to */
  constructor(zero: T) {
    this.#zero = zero;
  }

  /** The slice becomes these elements, in memory of their own. */
  replace(elements: ArrayLike<T> & Iterable<T>): void {
    this.#memory = elements;
    this.#length = elements.length;
  }

  /** The slice becomes what an array says: an element, or undefined for null. An empty array lets go of the memory. */
  fill(elements: Iterable<T | undefined>): void {
    const memory: T[] = Array.isArray(this.#memory) ? this.#memory : Array.from(this.#memory);
    let length = 0;
    for (const element of elements) {
      if (element !== undefined) memory[length] = element;
      else if (length === memory.length) memory.push(this.#zero);
      length++;
    }
    this.#memory = length === 0 ? [] : memory;
    this.#length = length;
  }

  /** The elements, in memory that the slice does not write to any more. */
  elements(): ArrayLike<T> & Iterable<T> {
    return this.#length === this.#memory.length
      ? this.#memory
      : Array.from(this.#memory).slice(0, this.#length);
  }
}
