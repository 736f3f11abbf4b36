/** Writes what go logs of its hashes. */
export class HashLines {
  readonly #lines: string[] = [];

  get text(): string {
    return this.#lines.map((line) => `${line}\n`).join("");
  }

  add(...lines: readonly string[]): void {
    this.#lines.push(...lines);
  }

  /** @returns the id */
  hash(name: string, ...inputs: readonly string[]): string {
    const all = ["go1.26.8", ...inputs];
    const id = new Bun.CryptoHasher("sha256").update(all.join("")).digest("hex");
    this.add(
      `HASH[${name}]`,
      ...all.map((input) => `HASH[${name}]: ${JSON.stringify(input)}`),
      `HASH[${name}]: ${id}`,
    );
    return id;
  }

  subkey(parent: string, description: string): void {
    const id = new Bun.CryptoHasher("sha256").update(`subkey of ${parent} ${description}`).digest("hex");
    this.add(`HASH subkey ${parent} ${JSON.stringify(description)} = ${id}`);
  }

  /** An id as it stands in build ids. */
  short(id: string): string {
    return Buffer.from(id, "hex").subarray(0, 15).toString("base64url");
  }
}
