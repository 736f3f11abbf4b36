import type { ActionName } from "./action-name.ts";

/*
 * Names by what an entry holds. head.ts makes the heads.
 */

/** The name that a head gives to its action. */
export function nameByHead(head: string): ActionName | undefined {
  const [first = "", second = ""] = head.split("\n", 2);
  if (first === "go index v2") return { kind: "index", package: "", file: second };
  const test = /^ok {2}\t([^\t\n]+)\t/.exec(head)?.[1];
  if (test !== undefined) return { kind: "test output", package: test };
  if (first === "# test log") return { kind: "test inputs", package: "" };
  if (head === "true" || head === "false") return { kind: "probe", package: "" };
  const compiler = /^(\/[^\0]+)\0stat \d/.exec(head)?.[1];
  if (compiler !== undefined) return { kind: "compiler", package: "", file: compiler };
  return undefined;
}
