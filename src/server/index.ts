/*
 * cacheprogw/server: write a cache program. `serve` runs the protocol on stdin and stdout and calls up to three
 * handlers; DiskStore (store/) is a set of handlers that stores bodies in a directory, and GoCache (gocache/) one that does
 * so in go's own cache.
 *
 * serve.ts starts a Session. Session reads an Input, passes its bytes through RequestDecoder, calls the handlers
 * with a RequestBody each, and sends their results through Answers.
 */
export type { Output } from "./answers.ts";
export { GoCache, type GoCacheOptions } from "./gocache/go-cache.ts";
export type { BodyReader, GetRequest, Handlers, Hit, PutRequest, Stored } from "./handlers.ts";
export { type ServeIO, serve } from "./serve.ts";
export { DiskStore, type DiskStoreOptions } from "./store/disk-store.ts";
