import type { Handlers } from "../../src/server/index.ts";
import { RequestBody } from "../../src/server/request-body.ts";
import { sha256 } from "./client-bytes.ts";

/** Puts a complete body synchronously. Returns its path. */
export function putWhole(store: Required<Handlers>, actionID: Uint8Array, content: Uint8Array): string {
  const body = new RequestBody(() => {});
  body.push(content);
  body.end(undefined);
  const stored = store.put({ id: 1, actionID, outputID: sha256(content), size: content.length, body });
  if (stored instanceof Promise) throw new Error("expected a synchronous put: the whole body is available");
  return stored.diskPath;
}
