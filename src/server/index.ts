/*
 * cacheprogw/server: the other side of the protocol. `serve` makes a cache program of up to three functions, and
 * DiskStore is three such functions that keep what they are given in a directory.
 */
export type { Output } from "./answers.ts";
export type { BodyReader, GetRequest, Handlers, Hit, PutRequest, Stored } from "./handlers.ts";
export { type ServeIO, serve } from "./serve.ts";
export { DiskStore, type DiskStoreOptions } from "./store/disk-store.ts";
