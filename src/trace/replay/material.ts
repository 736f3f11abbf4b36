import { stat } from "node:fs/promises";
import { join } from "node:path";
import { CacheProgError } from "../../errors.ts";
import { fileHash } from "../../hash.ts";
import { hasCode } from "../../trouble.ts";
import { Bodies } from "./bodies.ts";
import { Keys } from "./keys.ts";
import type { Call, PlannedBody, ReplayPlan } from "./plan.ts";

/** What calls are made of: action ids and bodies. */
export interface Material {
  /** The action id. Valid until the next call: the client copies it. */
  action(number: number): Uint8Array;
  body(body: PlannedBody): Uint8Array | Blob;
  /** The SHA-256 of a body, in hex, if it's that of the recording. */
  sha256(body: PlannedBody): string | undefined;
}

/** Ids and bodies made from a seed. */
export function made(seed: string, plan: Pick<ReplayPlan, "bodies">): Material {
  const keys = new Keys(seed);
  const bodies = new Bodies();
  bodies.renew(seed);
  bodies.reserve(plan.bodies.reduce((most, { size }) => Math.max(most, size), 0));
  return {
    action: (number) => keys.at(number),
    body: ({ index, size }) => bodies.at(index, size),
    sha256: () => undefined,
  };
}

/** Material with bodies from a folder, and how many. */
export interface FolderMaterial extends Material {
  readonly found: number;
}

/**
 * Bodies from a folder, each in a file named by its SHA-256 in hex; those that aren't there are made. An action whose
 * bodies are all there has its recorded id. Any other gets a made one, so that no go command ever finds a made body.
 *
 * @param rest makes the others
 * @throws (rejects) {CacheProgError} `BODY_UNREADABLE` for a folder without any of the bodies, or a file that can't be
 *   read; `BODY_CHANGED` for a file that doesn't have the SHA-256 it's named by
 */
export async function fromFolder(
  folder: string,
  plan: ReplayPlan,
  rest: (bodies: ReplayPlan["bodies"]) => Material,
): Promise<FolderMaterial> {
  const files = new Map<number, string>();
  for (const [index, { sha256 }] of plan.bodies.entries()) {
    const path = join(folder, sha256);
    if (/^[0-9a-f]{64}$/.test(sha256) && (await isBody(path, sha256))) files.set(index, path);
  }
  if (files.size === 0 && plan.bodies.some(({ size }) => size > 0))
    throw new CacheProgError("BODY_UNREADABLE", `${folder} has none of the bodies of ${plan.name}`);
  const isMade = ({ index, size }: PlannedBody) => size > 0 && !files.has(index);
  const others = rest(plan.bodies.filter((_, index) => !files.has(index)));
  const puts = [...plan.prepared, ...plan.calls].filter(
    (call): call is Required<Call> => call.body !== undefined,
  );
  const madeActions = new Set(puts.filter(({ body }) => isMade(body)).map(({ action }) => action));
  const ids = plan.actions.map((id) => Uint8Array.fromHex(id));
  return {
    found: files.size,
    action: (number) => (madeActions.has(number) ? undefined : ids[number]) ?? others.action(number),
    body(body) {
      const path = files.get(body.index);
      return path === undefined ? others.body(body) : Bun.file(path);
    },
    sha256: (body) => (isMade(body) ? undefined : plan.bodies[body.index]?.sha256),
  };
}

/** @returns whether the file is there. @throws (rejects) {CacheProgError} as {@link fromFolder} */
async function isBody(path: string, sha256: string): Promise<boolean> {
  try {
    await stat(path);
  } catch (cause) {
    if (hasCode(cause, "ENOENT")) return false;
    throw new CacheProgError("BODY_UNREADABLE", `${path} can't be read`, { cause });
  }
  if ((await fileHash(path)).toHex() === sha256) return true;
  throw new CacheProgError("BODY_CHANGED", `${path} doesn't have the SHA-256 that it's named by`);
}
