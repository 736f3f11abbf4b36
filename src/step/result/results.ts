import type { Entry, PutResult } from "../../client/entry.ts";
import type { CallOptions } from "../../client/options.ts";
import { Hash, subkey } from "../../hash.ts";
import { Data } from "./data.ts";
import type { Log } from "./log.ts";
import {
  type Decoded,
  dataSize,
  decodeManifest,
  encodeManifest,
  inlineLimit,
  manifestLimit,
  type OutputFile,
  type Pack,
  UnsoundResult,
} from "./manifest.ts";
import { packsOf } from "./pack.ts";

/*
 * Results in a cache. Some cache programs keep the first value of an action forever, so no action is meant to be put
 * twice with different bodies, and the action of a pack is made of its SHA-256. If a program has lost a pack or damaged
 * a manifest, the next run puts its manifest in the next generation.
 */

/** How many manifests there may be for one key. */
export const generations = 4;

/** The calls of a cache that results are built on: those of CacheProg. */
export interface ResultCache {
  get(action: Uint8Array, options?: CallOptions): Promise<Entry | null>;
  getFile(action: Uint8Array, options?: CallOptions): Promise<Entry | null>;
  put(action: Uint8Array, body: Uint8Array, options?: CallOptions): Promise<PutResult>;
}

/** A result in a cache. */
export interface Result extends Decoded {
  /** The manifest as it is stored. */
  readonly bytes: Buffer;
}

/** A result has more files than a manifest can list. */
export class ResultTooLarge extends Error {
  override readonly name = "ResultTooLarge";
}

/** What a step left, before it's stored. */
export interface Outcome {
  readonly directory: string;
  /** In the order of their paths' UTF-8 bytes. */
  readonly files: readonly OutputFile[];
  readonly log: Log;
  /** How long the command took, in ms. */
  readonly duration: number;
}

/**
 * Looks a result up. Costs one get.
 *
 * @param generation from 0 on; see {@link generations}
 * @returns null if the cache has none
 * @throws (rejects) {UnsoundResult} what the cache has isn't a result; as CacheProg.get
 */
export async function findResult(
  cache: ResultCache,
  key: Uint8Array,
  generation: number,
  signal: AbortSignal | undefined,
): Promise<Result | null> {
  const entry = await cache.get(manifestAction(key, generation), { signal });
  if (entry === null) return null;
  if (entry.size > manifestLimit) throw new UnsoundResult(`its manifest has ${entry.size} bytes`);
  // Loaded here, because a miss and a hit that this machine remembers read no manifest: node:fs/promises takes 1.5 ms.
  const { readWhole } = await import("../../client/whole-file.ts");
  const body = await readWhole(entry.diskPath, signal);
  if (body === undefined || body.bytes.length !== entry.size)
    throw new UnsoundResult("its manifest can't be read");
  if (!Buffer.from(body.digest).equals(entry.outputID)) {
    throw new UnsoundResult("its manifest has other content than its SHA-256");
  }
  return parseResult(body.bytes);
}

/** @throws {UnsoundResult} the bytes aren't a manifest */
export function parseResult(bytes: Uint8Array): Result {
  const { buffer, byteOffset, length } = bytes;
  return { ...decodeManifest(bytes), bytes: Buffer.from(buffer, byteOffset, length) };
}

/** The data of a result. A pack is looked up in the cache when it's needed. */
export function openData(
  openCache: () => Promise<ResultCache>,
  { manifest, data }: Result,
  signal: AbortSignal | undefined,
): Data {
  return new Data(data, manifest.packs, async (pack) => {
    const cache = await openCache();
    const entry = await cache.getFile(packAction(pack), { signal });
    if (entry === null || entry.size !== pack.size)
      throw new UnsoundResult("the cache has lost a part of it");
    // Otherwise one body could be stored as many packs.
    if (entry.outputID.toHex() !== pack.digest)
      throw new UnsoundResult("the cache has other content for a part of it");
    return entry.diskPath;
  });
}

/** The parts of what a command printed, in their order. */
export function* printed({ manifest, text }: Result): Generator<readonly [stream: 1 | 2, bytes: Uint8Array]> {
  let at = 0;
  for (const [stream, length] of manifest.log) {
    yield [stream, text.subarray(at, at + length)];
    at += length;
  }
}

/**
 * Stores a result: its packs one after another, then its manifest. Costs one put for a small result.
 *
 * @throws (rejects) {OutputChanged} an output isn't what `files` says; {ResultTooLarge}; as CacheProg.put; nothing can be
 *   found then
 */
export async function storeResult(
  cache: ResultCache,
  key: Uint8Array,
  generation: number,
  { directory, files, log, duration }: Outcome,
  signal: AbortSignal | undefined,
): Promise<Result> {
  const total = dataSize(files);
  const packs: Pack[] = [];
  let data = new Uint8Array(0);
  for (const { body, size, digest } of packsOf(directory, files, total)) {
    if (total <= inlineLimit) {
      data = body.slice();
      continue;
    }
    const pack = { digest, size };
    await cache.put(packAction(pack), body, { signal });
    packs.push(pack);
  }
  const bytes = encodeManifest({ files, log: log.parts, packs, duration }, log.chunks, data);
  if (bytes.length > manifestLimit)
    throw new ResultTooLarge(`the list of its outputs takes more than ${manifestLimit} bytes`);
  await cache.put(manifestAction(key, generation), bytes, { signal });
  return parseResult(bytes);
}

/** A digest of what a step left, for the keys of the steps that depend on it: SHA-256 in hex. */
export function outputsDigest(files: readonly OutputFile[]): string {
  return new Hash("cacheprogw step outputs 1")
    .field(
      "files",
      files.map(({ ...file }) => file),
    )
    .digest()
    .toHex();
}

function manifestAction(key: Uint8Array, generation: number): Uint8Array {
  return subkey(key, `cacheprogw step manifest ${generation}`);
}

function packAction({ digest }: Pack): Uint8Array {
  return new Hash("cacheprogw step pack").update(digest).digest();
}
