import { Hash } from "../../../hash.ts";
import type { Claims } from "../claims.ts";
import type { GoCommand } from "../go/go-command.ts";
import { quoteList } from "../go/go-text.ts";
import { shortID } from "../go/ids.ts";
import type { GraphAction } from "../graph.ts";
import { testArguments, testRunner } from "./test-flags.ts";

/*
 * Names of the results of tests. go looks for a result by the id of the test's link, and if it had to link, by the content of
 * the executable; then by what the test read. Source: cmd/go/internal/test/test.go, tryCacheWithID
 */

/** Names the lists of what tests read. */
export function claimTests(
  claims: Claims,
  graph: readonly GraphAction[],
  version: string,
  command: GoCommand,
): void {
  const end = ` args ${quoteList(testArguments(command))} execcmd ${quoteList(testRunner(command))}`;
  for (const { mode, package: path, action, buildID } of graph) {
    if (mode !== "link" || action === "" || !path.endsWith(".test")) continue;
    const link = shortID(action);
    for (const id of new Set([link, buildID.split("/").at(-1) ?? link])) {
      const result = Hash.forGo(version).update(`test binary ${id}${end}`).digest().toHex();
      claims.claim(result, { kind: "test inputs", package: path.slice(0, -".test".length) });
    }
  }
}
