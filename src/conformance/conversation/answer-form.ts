/*
 * The form of answers that go does not mind and others do. What go refuses is not its matter: the decoder does that.
 */

/** The names of the fields of an answer. Source: cmd/go/internal/cacheprog, Response */
export const knownNames = [
  "ID",
  "Err",
  "KnownCommands",
  "Miss",
  "OutputID",
  "Size",
  "Time",
  "DiskPath",
] as const;

/** A line of stdout. */
export interface Line {
  readonly text: string;
  /** The names of the fields of its object, in order, each as often as it is there. */
  readonly names: readonly string[];
  /** How it is not one answer, in words. */
  readonly problem: string | undefined;
}

/** The lines of an output that go accepts. */
export function lines(output: Uint8Array): Line[] {
  const texts = new TextDecoder().decode(output).split("\n");
  const last = texts.pop() ?? "";
  const read = texts.filter((text) => text.trim() !== "").map(readLine);
  return last.trim() === "" ? read : [...read, { ...readLine(last), problem: "no newline follows" }];
}

/** A name that is there twice, also in different case. */
export function doubledName(names: readonly string[]): string | undefined {
  const folded = names.map((name) => name.toLowerCase());
  return names.find((_name, at) => folded.indexOf(folded[at] ?? "") !== at);
}

function readLine(text: string): Line {
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|[{}[\]:,]/g) ?? [];
  const names: string[] = [];
  let depth = 0;
  let objects = 0;
  for (const [at, token] of tokens.entries()) {
    if (token === "{" || token === "[") depth++;
    if (token === "}" || token === "]") depth--;
    if (token === "}" && depth === 0) objects++;
    const isName = depth === 1 && token.startsWith('"') && tokens[at + 1] === ":";
    if (isName) names.push(String(JSON.parse(token)));
  }
  const whole = depth === 0 && objects > 0;
  return { text, names, problem: whole ? severalIn(objects) : "an answer goes over several lines" };
}

function severalIn(objects: number): string | undefined {
  return objects === 1 ? undefined : `${objects} answers are on one line`;
}
