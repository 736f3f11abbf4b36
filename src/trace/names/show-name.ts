import type { ActionName } from "./action-name.ts";

/** A name in one line, such as "build net/http", "vet example.com/m/a" or "index /usr/local/go/src/fmt". */
export function showName({ kind, package: path, file }: ActionName): string {
  if (file === undefined || file === "") return path === "" ? kind : `${kind} ${path}`;
  return path === "" ? `${kind} ${file}` : `${kind} ${path} ${file}`;
}
