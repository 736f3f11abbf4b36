/**
 * cacheprogw: a client for GOCACHEPROG cache programs. Start with {@link CacheProg}. {@link Hash}, fileSetKey, subkey and
 * fileHash make action ids. {@link copyEntry} copies the file of an entry.
 */

export type { Body } from "./client/body/body.ts";
export { CacheProg } from "./client/client.ts";
export { copyEntry } from "./client/copy-entry.ts";
export type { ActionID, Entry, OutputID, Produced, PutResult } from "./client/entry.ts";
export type { CallOptions, CopyOptions, StartOptions, VerifyOptions } from "./client/options.ts";
export { builtin } from "./client/process/builtin-program.ts";
export type { CacheStats } from "./client/stats.ts";
export { ArgumentError, CacheProgError, type ErrorCode, errorCodes } from "./errors.ts";
export { type FileSetKeyOptions, fileSetKey } from "./files/key.ts";
export type { FieldValue } from "./frame.ts";
export { fileHash, Hash, subkey } from "./hash.ts";
