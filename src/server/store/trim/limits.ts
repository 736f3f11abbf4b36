/*
 * trim/ keeps a store small. Trimmer (trimmer.ts) counts a store into an Inventory and removes what the Limits don't
 * allow, least recently used first; TrimLock makes it the only one, and lets puts and gets see where it is at work;
 * trim-schedule.ts says when the next trim is due. DiskStore's own part is in disk-store.ts: invariant 2.
 */

/** How much a store may hold. */
export interface Limits {
  /** In bytes on disk, as du counts them; Infinity for no limit. */
  readonly maxSize: number;
  /** The longest time since the last use of an entry, in seconds; Infinity for no limit. */
  readonly maxAge: number;
}

/**
 * The limits of `cacheprogw serve`. 10 GiB is the limit of sccache, and twice that of ccache. A month outlasts a
 * holiday; go's own cache keeps 5 days, and has no limit of size. Bazel's disk cache and Turborepo's have neither limit
 * unless one is set, and fill disks. Sources: max_size in ccache's manual, docs/Local.md of sccache, trimLimit of
 * cmd/go/internal/cache, experimental_disk_cache_gc_max_size of Bazel, cacheMaxSize of turbo (since 2.9.2).
 */
export const defaultLimits: Limits = { maxSize: 10 * 1024 ** 3, maxAge: 30 * 24 * 3600 };

/**
 * What was put or used within this many seconds stays, whatever the limits say: a running build may depend on it.
 * Source: Cache.Close of cmd/go/internal/cache: "As a rule of thumb, don't trim things used in the last day". It also
 * covers a build on a laptop that sleeps overnight.
 */
export const protectedFor = 24 * 3600;

/**
 * A use is recorded unless one within this many seconds is recorded already. So an entry may have been used this much
 * later than it says. Source: mtimeInterval of cmd/go/internal/cache.
 */
export const useInterval = 3600;

/**
 * A store above maxSize is trimmed to this share of it, so that the next build doesn't cause the next trim. ccache does
 * the same with numbers of files. Source: its storage/local/localstorage.cpp.
 */
export const lowWater = 0.9;

/** Seconds since 1970. */
export function secondsNow(): number {
  return Math.floor(Date.now() / 1000);
}
