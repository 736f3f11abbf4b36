import { encodeRequest } from "../../wire/encode.ts";
import type { Request } from "../../wire/messages.ts";

/** A client whose bytes a program may have to understand. */
export interface Dialect {
  readonly name: string;
  readonly description: string;
  /** A request's exact bytes, without its body. */
  encode(request: Request): Uint8Array;
  /** A program that exits on close without an answer is as good as one that answers. Source: go issue 70848 */
  readonly closeMayGoUnanswered: boolean;
  /** The client kills the program as soon as close is answered. */
  readonly killsAfterClose: boolean;
}

const current = { encode: encodeRequest, closeMayGoUnanswered: true, killsAfterClose: false };

/** The older spelling: ObjectID in the place of OutputID, which is not sent. */
function encodeObjectID(request: Request): Uint8Array {
  const { outputID, bodySize, ...rest } = request;
  const head = new TextDecoder().decode(encodeRequest(rest)).trimEnd();
  const objectID = outputID?.length ? `,"ObjectID":"${outputID.toBase64()}"` : "";
  const size = bodySize ? `,"BodySize":${bodySize}` : "";
  return new TextEncoder().encode(`${head.slice(0, -1)}${objectID}${size}}\n\n`);
}

export const dialects = [
  { name: "go1.24", description: "the go command since 1.24", ...current },
  {
    name: "go1.23",
    description:
      "the go command 1.21 to 1.23, built with GOEXPERIMENT=cacheprog: ObjectID, and close must be answered",
    encode: encodeObjectID,
    closeMayGoUnanswered: false,
    killsAfterClose: false,
  },
  {
    name: "go-cacheprogw",
    description: "the Go library: go's bytes, and a kill as soon as close is answered",
    ...current,
    closeMayGoUnanswered: true,
    killsAfterClose: true,
  },
  {
    name: "golangci-lint-v1",
    description: "golangci-lint 1: ObjectID alone",
    encode: encodeObjectID,
    closeMayGoUnanswered: true,
    killsAfterClose: false,
  },
] as const satisfies readonly Dialect[];
