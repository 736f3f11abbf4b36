import type { ActionName } from "../../names/action-name.ts";
import type { TracedRequest } from "../../requests.ts";
import { latencyOf, type NamedTrace } from "../named.ts";
import type { Case } from "./finding.ts";
import type { PutActions } from "./past.ts";

/* What rules about hits and puts share. */

/** The case of one request, which costs its own time and bytes. */
export function caseOf(request: TracedRequest, { names }: Pick<NamedTrace, "names">): Case {
  const { action, size } = request;
  return { request, package: names.of(action)?.package ?? "", time: latencyOf(request), bytes: size };
}

/** The puts that follow a hit on the same action, with the hit. */
export function* putsAfterHits(actions: PutActions): Iterable<{ hit: TracedRequest; put: TracedRequest }> {
  for (const requests of actions.values()) {
    const at = requests.findIndex(({ outcome }) => outcome === "hit");
    const hit = requests[at];
    const put = requests.slice(at + 1).find(({ command }) => command === "put");
    if (hit !== undefined && put !== undefined) yield { hit, put };
  }
}

/** Kinds whose bodies differ from run to run. */
const variable: readonly string[] = ["test output", "test inputs", "coverage", "compiler"];

/** Whether an entry always has the same body. Without its kind, nobody knows whether there are times in it. */
export function isSteady(name: ActionName | undefined): boolean {
  return name !== undefined && !variable.includes(name.kind);
}
