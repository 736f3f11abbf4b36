export { CacheProgError, type ErrorCode, errorCodes } from "../errors.ts";
export { BodyDecoder, BodyEncoder } from "./body.ts";
export { joinCommand, splitCommand } from "./command-line.ts";
export { DecodeError, ResponseDecoder } from "./decode.ts";
export { encodeRequest, encodeResponse } from "./encode.ts";
export type { Command, Int64, Request, Response } from "./messages.ts";
