import { encodeRequest } from "../../wire/encode.ts";
import type { Request } from "../../wire/messages.ts";

/** A client of cache programs: the bytes that it sends, and how it treats close. */
export interface Dialect {
  /** Such as "go1.24": what `--as` and reports call it. */
  readonly name: string;
  /** The client in a few words, and what is special about it. */
  readonly description: string;
  /** The exact bytes of a request, without its body. */
  encode(request: Request): Uint8Array;
  /** The program may exit on close without a response. Source: go issue 70848 */
  readonly closeMayGoUnanswered: boolean;
  /** The client kills the program as soon as it gets the response to close. */
  readonly killsAfterClose: boolean;
}

const current = { encode: encodeRequest, closeMayGoUnanswered: true, killsAfterClose: false };

/** The older form, with ObjectID instead of OutputID. */
function encodeObjectID(request: Request): Uint8Array {
  const { outputID, bodySize, ...rest } = request;
  const head = new TextDecoder().decode(encodeRequest(rest)).trimEnd();
  const objectID = outputID?.length ? `,"ObjectID":"${outputID.toBase64()}"` : "";
  const size = bodySize ? `,"BodySize":${bodySize}` : "";
  return new TextEncoder().encode(`${head.slice(0, -1)}${objectID}${size}}\n\n`);
}

/** All dialects. The first is the default. */
export const dialects = [
  { name: "go1.24", description: "the go command since 1.24", ...current },
  {
    name: "go1.23",
    description:
      "the go command 1.21 to 1.23, built with GOEXPERIMENT=cacheprog: sends ObjectID, and requires a response to close",
    encode: encodeObjectID,
    closeMayGoUnanswered: false,
    killsAfterClose: false,
  },
  {
    name: "go-cacheprogw",
    description:
      "the Go library: sends the same bytes as go, and kills the program after the response to close",
    ...current,
    closeMayGoUnanswered: true,
    killsAfterClose: true,
  },
  {
    name: "golangci-lint-v1",
    description: "golangci-lint 1: sends ObjectID instead of OutputID",
    encode: encodeObjectID,
    closeMayGoUnanswered: true,
    killsAfterClose: false,
  },
] as const satisfies readonly Dialect[];
