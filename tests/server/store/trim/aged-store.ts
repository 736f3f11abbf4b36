import { readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { DiskStore, Hit } from "../../../../src/server/index.ts";
import { formatEntry, parseEntry } from "../../../../src/server/store/entry.ts";
import { isEntry, listPlace, placeCount } from "../../../../src/server/store/trim/places.ts";
import { action } from "../../client-bytes.ts";
import { putWhole } from "../../store-puts.ts";

export const hour = 3600;
export const day = 24 * hour;

export function secondsAgo(seconds: number): number {
  return Math.floor(Date.now() / 1000) - seconds;
}

/** Puts a body that was put, and last used, some seconds ago. Returns its path. */
export function putAgo(store: DiskStore, name: string, body: Uint8Array, seconds: number): string {
  const path = putWhole(store, action(name), body);
  utimesSync(path, secondsAgo(seconds), secondsAgo(seconds));
  useAgo(store.directory, action(name), secondsAgo(seconds));
  return path;
}

/** Changes the last use in an entry. */
export function useAgo(directory: string, actionID: Uint8Array, used: number): void {
  const path = entryPath(directory, actionID.toHex());
  const entry = parseEntry(readFileSync(path, "latin1"));
  if (entry === undefined) throw new Error(`${path} isn't an entry`);
  writeFileSync(path, formatEntry({ ...entry, used }));
  utimesSync(path, used, used);
}

/** Makes everything in a store look unused for that long. */
export function ageAll(directory: string, seconds: number): void {
  const time = secondsAgo(seconds);
  for (const { path, name } of files(directory)) {
    utimesSync(path, time, time);
    if (isEntry(name)) useAgo(directory, Uint8Array.fromHex(name.slice(0, 64)), time);
  }
}

export function entryPath(directory: string, hex: string): string {
  return join(directory, hex.slice(0, 2), `${hex}-a`);
}

/** The entries and bodies of a store. */
export function files(directory: string): { path: string; name: string }[] {
  return Array.from({ length: placeCount }, (_, place) => listPlace(directory, place)).flatMap(
    ({ path, names }) => names.map((name) => ({ path: path + name, name })),
  );
}

/** The names among these that a store has. */
export function found(store: DiskStore, names: readonly string[]): string[] {
  return names.filter((name) => hit(store, name) !== null);
}

export function hit(store: DiskStore, name: string): Hit | null {
  return store.get({ id: 1, actionID: action(name) });
}

/** The files in a directory's tmp. */
export function temps(directory: string): string[] {
  return readdirSync(join(directory, "tmp"));
}
