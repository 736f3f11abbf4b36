/*
 * The form of responses that go accepts and other clients may not. The decoder finds what go refuses.
 */

/** A line of stdout. */
export interface Line {
  readonly text: string;
  /** The field names of its object, in order, with repetitions. */
  readonly names: readonly string[];
  /** Why the line is not exactly one response; undefined if it is. */
  readonly problem: string | undefined;
}

/** Splits an output that go accepts into lines. */
export function lines(output: Uint8Array): Line[] {
  const texts = new TextDecoder().decode(output).split("\n");
  const last = texts.pop() ?? "";
  const read = texts.filter((text) => text.trim() !== "").map(readLine);
  return last.trim() === "" ? read : [...read, { ...readLine(last), problem: "no newline at the end" }];
}

/** A name that occurs twice, ignoring case; undefined if none does. */
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
  return { text, names, problem: whole ? severalIn(objects) : "a response spans several lines" };
}

function severalIn(objects: number): string | undefined {
  return objects === 1 ? undefined : `${objects} responses are on one line`;
}
