import { Hash } from "../../../hash.ts";
import type { ActionName } from "../action-name.ts";
import type { Claims } from "../claims.ts";
import type { GoCommand } from "../go/go-command.ts";
import { quote, quoteList, quotes } from "../go/go-text.ts";
import { shortID, subkeyOf } from "../go/ids.ts";
import type { GraphAction } from "../graph.ts";
import { vetFlagLists } from "./vet-flags.ts";

/*
 * Names of what vet finds out. Its id isn't in the graph. It's a hash of the id of the package's build, of vet's flags and of
 * what vet found out about the packages that it imports, so it's computed in the order of dependencies. The flags are tried:
 * an id that go asked for shows that they are right. Source: cmd/go/internal/work/exec.go, vet
 */

/** What the names of vet depend on. */
export interface VetInputs {
  readonly graph: readonly GraphAction[];
  /** The ids of builds, by their place in the graph. */
  readonly builds: ReadonlyMap<number, string>;
  /** The action ids that go asked for, with what it got or put; "" if there was nothing. All in hex. */
  readonly outputs: ReadonlyMap<string, string>;
  /** The version of go. */
  readonly version: string;
  /** GOEXPERIMENT; "" if it isn't set. */
  readonly experiments: string;
  readonly command: GoCommand;
}

/** Names what vet found out, what it printed and the fixes. */
export function claimVet(claims: Claims, inputs: VetInputs): void {
  const naming = new VetNaming(inputs);
  for (const action of inputs.graph) {
    const id = action.mode === "vet" ? naming.id(action) : undefined;
    if (id === undefined) continue;
    const parts: readonly [string, ActionName["kind"]][] = [
      ["stdout", "vet output"],
      ["fix.zip", "fixes"],
    ];
    claims.claim(id, { kind: "vet", package: action.package });
    for (const [part, kind] of parts) claims.claim(subkeyOf(id, part), { kind, package: action.package });
  }
}

/** What is hashed between the version of go and the id of the build. */
type Beginning = string;

class VetNaming {
  readonly #inputs: VetInputs;
  readonly #ids = new Map<number, string | undefined>();
  /** Those that were right come first. */
  readonly #beginnings: Beginning[];

  constructor(inputs: VetInputs) {
    this.#inputs = inputs;
    this.#beginnings = beginnings(inputs);
  }

  /** @returns undefined unless go asked for it */
  id(action: GraphAction): string | undefined {
    if (!this.#ids.has(action.id)) {
      this.#ids.set(action.id, undefined); // a graph has no circles, but a file may
      this.#ids.set(action.id, this.#find(action));
    }
    return this.#ids.get(action.id);
  }

  #find({ deps: [build = -1, ...deps] }: GraphAction): string | undefined {
    const { builds, outputs, version } = this.#inputs;
    const built = builds.get(build);
    if (built === undefined) return undefined;
    const facts = deps.map((dep) => this.#facts(dep)).join("");
    for (const pkg of quotes(Buffer.from(built, "hex")))
      for (const [place, beginning] of this.#beginnings.entries()) {
        const id = Hash.forGo(version).update(`${beginning}pkg ${pkg}\n${facts}`).digest().toHex();
        if (!outputs.has(id)) continue;
        this.#beginnings.splice(place, 1);
        this.#beginnings.unshift(beginning);
        return id;
      }
    return undefined;
  }

  /** The line of what vet found out about a dependency; "" if it found nothing out. */
  #facts(dep: number): string {
    const action = this.#inputs.graph[dep];
    const id = action?.mode === "vet" ? this.id(action) : undefined;
    const output = id === undefined ? "" : this.#inputs.outputs.get(id);
    if (action === undefined || !output) return "";
    return `vetout ${quote(action.package)} ${shortID(output)}\n`;
  }
}

/** All that may be right. Since Go 1.27, vetxonly is in the hash. Experiments are in the version that vet tells. */
function beginnings({ graph, version, command, experiments }: VetInputs): Beginning[] {
  const lists = vetFlagLists(command, graph).map((flags) => `vetflags ${quoteList(flags)}\n`);
  const told = `${command.name === "fix" ? "fix" : "vet"} version ${version}`;
  const versions = experiments === "" ? [told] : [`${told} X:${experiments}`, told];
  return versions.flatMap((one) =>
    ["", "vetxonly true\n", "vetxonly false\n"].flatMap((only) =>
      lists.map((list) => `vet ${quote(one)}\n${only}${list}`),
    ),
  );
}
