import { Hash } from "../../../hash.ts";
import type { Claims } from "../claims.ts";
import { shortID, subkeyOf } from "../go/ids.ts";
import type { GraphAction } from "../graph.ts";

/*
 * Names of what go test -cover stores. Source: cmd/go/internal/test/test.go, coverProfileAndInputKey, and
 * cmd/internal/cov/covcmd, MetaFileForPackage
 */

/** The file in which the compiler says what of a package can be covered. */
export function coverageFile(path: string): string {
  return `covmeta.${new Bun.CryptoHasher("sha256").update(path).digest("hex")}`;
}

/** Names the coverage profile that belongs to the output of a test. @param covered see {@link coveredPackages} */
export function claimCoverage(
  claims: Claims,
  output: string,
  path: string,
  covered: string | undefined,
): void {
  const parents = covered === undefined ? [output] : [output, subkeyOf(output, `coverdeps:${covered}`)];
  for (const parent of parents)
    claims.claim(subkeyOf(parent, "coverprofile"), { kind: "coverage", package: path });
}

/** With -coverpkg, the key of a profile has a hash of the builds of the packages that are covered. By the test's package. */
export function coveredPackages(graph: readonly GraphAction[], version: string): ReadonlyMap<string, string> {
  const covered = new Map<string, string>();
  for (const { mode, package: path, deps } of graph) {
    if (mode !== "test run") continue;
    const direct = deps.flatMap((dep) => graph[dep] ?? []);
    const barrier = direct.find((dep) => dep.mode === "test barrier");
    const all = barrier?.deps.flatMap((dep) => graph[dep] ?? []) ?? direct;
    const meta = all.find((dep) => dep.mode === "write coverage meta-data file");
    if (meta === undefined) continue;
    const hash = Hash.forGo(version);
    for (const { action } of meta.deps.flatMap((dep) => graph[dep] ?? []))
      if (action !== "") hash.update(`dep ${shortID(action)}\n`);
    covered.set(path, hash.digest().toHex());
  }
  return covered;
}
