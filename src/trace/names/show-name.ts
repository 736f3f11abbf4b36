import type { ActionName } from "./action-name.ts";

/** A name in one line, such as "build net/http", "vet example.com/m/a" or "index /src/m/a": a directory, if no package is known. */
export function showName({ kind, package: path, file = "" }: ActionName): string {
  const words = kind === "index" && path !== "" ? [kind, path] : [kind, path, file];
  return words.filter((word) => word !== "").join(" ");
}
