import { fieldName } from "../../src/wire/json/field-name.ts";
import { endOfString, endOfValue, pastComma, skipSpace } from "../../src/wire/json/walk.ts";

const [openingBrace, closingBrace] = [0x7b, 0x7d];

/**
 * Whether the OutputID of a response may have zeros in one version of Go where our decoder has other bytes: if base64 is
 * between an earlier OutputID and a later array with a null. Up to Go 1.26 that is enough; in 1.27 the base64 must also
 * contain line breaks.
 *
 * @param stream a stream that Go accepts at least up to the end of the response
 * @param index the index of the response in the stream
 * @param minor the minor version of Go, such as 27
 */
export function mayHaveZeros(stream: Uint8Array, index: number, minor: number): boolean {
  const literals = outputIDs(stream, index);
  const base64 = literals.findIndex(
    (literal, at) => at > 0 && literal.startsWith('"') && (minor < 27 || /\\[nr]|\\u000[ad]/i.test(literal)),
  );
  return (
    base64 !== -1 &&
    literals.slice(base64).some((literal) => literal.startsWith("[") && literal.includes("null"))
  );
}

/** The values of all OutputID fields of a response, in order. */
function outputIDs(stream: Uint8Array, index: number): string[] {
  let start = skipSpace(stream, 0);
  for (let passed = 0; passed < index; passed++) start = skipSpace(stream, endOfResponse(stream, start));
  const literals: string[] = [];
  if (stream[start] !== openingBrace) return literals;
  for (let at = skipSpace(stream, start + 1); stream[at] !== closingBrace; ) {
    const keyEnd = endOfString(stream, at);
    const from = skipSpace(stream, skipSpace(stream, keyEnd) + 1);
    const to = endOfValue(stream, from);
    if (fieldName(stream, at + 1, keyEnd - 1) === "OutputID")
      literals.push(Buffer.from(stream.subarray(from, to)).toString("latin1"));
    at = pastComma(stream, to);
  }
  return literals;
}

/** Another response may directly follow a null, without white space. */
function endOfResponse(stream: Uint8Array, from: number): number {
  return stream[from] === openingBrace ? endOfValue(stream, from) : from + "null".length;
}
