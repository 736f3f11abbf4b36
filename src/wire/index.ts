/*
 * The wire format of GOCACHEPROG: bytes in, values out. Nothing here does IO, sets a timer or makes a promise.
 *
 *   messages.ts       the protocol in ten lines, and the types of requests and responses
 *   encode.ts         requests and responses to bytes
 *   decode.ts         the program's stdout to responses: fast-response.ts reads the usual form, and everything else
 *                     goes through json/ and response.ts, which decide as Go's decoder does
 *   body.ts           the body of a put, to base64 and back
 *   command-line.ts   a GOCACHEPROG value to arguments and back
 */
export { CacheProgError, type ErrorCode, errorCodes } from "../errors.ts";
export { BodyDecoder, BodyEncoder } from "./body.ts";
export { joinCommand, splitCommand } from "./command-line.ts";
export { DecodeError, ResponseDecoder } from "./decode.ts";
export { encodeRequest, encodeResponse } from "./encode.ts";
export type { Command, Int64, Request, Response } from "./messages.ts";
