import { type GoCommand, splitFlags } from "../go/go-command.ts";
import type { GraphAction } from "../graph.ts";

/*
 * The flags that go may have given to vet.
 */

/** What go test checks by default. Source: cmd/go/internal/test/test.go, defaultVetFlags, of Go 1.24 to 1.26, and of 1.27 */
const ofTests = [
  "atomic bool buildtags directive errorsas ifaceassert nilfunc printf slog stringintconv tests",
  "atomic bools buildtag directive errorsas ifaceassert nilfunc printf slog stdversion stringintconv tests",
];

/** Flags of the command that vet doesn't get. Source: go help build; vet/vet.go */
const ofBuild = new Set(
  (
    "C a asan asmflags buildmode buildvcs c compiler cover covermode coverpkg debug-actiongraph debug-runtime-trace " +
    "debug-trace fixtool gccgoflags gcflags installsuffix ldflags linkshared mod modcacherw modfile msan n " +
    "overlay p pgo pkgdir race toolexec trimpath vettool work x"
  ).split(" "),
);

/** The lists that may be right. Those that go ran vet with come first. */
export function vetFlagLists(command: GoCommand, graph: readonly GraphAction[]): (readonly string[])[] {
  // Where the system doesn't show go's command line, both are tried.
  const own = [
    ...(command.name === "vet" || command.name === "fix" ? [] : testFlags(command)),
    ...(command.name === "test" ? [] : vetFlags(command)),
  ];
  const ofGoroot = [["-unsafeptr=false"], ["-unsafeptr=false", "-unreachable=false"]];
  const lists = [...ran(graph), ...own, ...ofGoroot];
  return [...new Map(lists.map((list) => [list.join("\0"), list])).values()];
}

/** The flags in the commands of the graph. */
function ran(graph: readonly GraphAction[]): (readonly string[])[] {
  const lists = graph
    .filter(({ mode }) => mode === "vet")
    .flatMap(({ commands }) => commands)
    .map((command) => splitFlags(command))
    .filter((words) => words.at(-1)?.endsWith("vet.cfg"))
    .map((words) => words.slice(1, -1));
  return [...new Map(lists.map((list) => [list.join("\0"), list])).values()];
}

function testFlags({ flags, goflags }: GoCommand): (readonly string[])[] {
  const vet = [...goflags, ...flags].findLast(({ name }) => name === "vet")?.value ?? "";
  if (vet === "") return ofTests.map((list) => list.split(" ").map((name) => `-${name}`));
  return [vet === "all" ? [] : vet.split(",").map((name) => `-${name}`)];
}

/** go vet passes the flags of GOFLAGS first, and what was written as it was. Source: vet/vetflag.go, toolFlags */
function vetFlags({ flags, goflags }: GoCommand): (readonly string[])[] {
  const forVet = flags.filter(({ name }) => !ofBuild.has(name));
  const names = new Set(forVet.map(({ name }) => name));
  const before = goflags
    .filter(({ name }) => !ofBuild.has(name) && !names.has(name))
    .map(({ name, value = "true" }) => `-${name}=${value}`)
    .sort();
  const all = [...before, ...forVet.flatMap(({ written }) => written)];
  return [["-json"], [], ["-fix"], ["-fix", "-diff"]].map((last) => [...all, ...last]);
}
