import type { ActionName } from "../../../src/trace/names/action-name.ts";
import type { Hashed, HashLog } from "../../../src/trace/names/go/hash-log.ts";
import type { GraphAction } from "../../../src/trace/names/graph.ts";

/**
 * The name of an action id by what go says that it was hashed from. It shares nothing with the rules that it judges, but the
 * names of packages of tests, which only the graph has.
 *
 * @returns undefined if the log doesn't have the id
 */
export function trueName(
  id: string,
  { ids }: HashLog,
  graph: readonly GraphAction[],
): ActionName | undefined {
  let hashed = ids.get(id);
  const parts: string[] = [];
  while (hashed?.parent !== undefined) {
    parts.unshift(hashed.name);
    hashed = ids.get(hashed.parent);
  }
  if (hashed === undefined) return undefined;
  const [kind = "", ...rest] = hashed.name.split(" ");
  const path = rest.join(" ");
  const part = parts.join(" | ");
  const text = hashed.inputs.join("");
  if (kind === "build") return ofBuild(path, part);
  if (kind === "link" && part === "") return { kind: "link", package: path };
  if (kind === "vet") return ofVet(path, part);
  if (kind === "testResult") return ofTest(text, parts, graph);
  if (kind === "testmain")
    return { kind: "generated", package: `${tested(text)}.test`, file: "_testmain.go" };
  if (kind === "moduleIndex") return { kind: "index", package: "", file: indexed(text) };
  if (kind === "gccCompilerID") return ofCompiler(hashed, part);
  throw new Error(
    `go has hashed ${JSON.stringify(hashed.name)}, and asked its cache for it; expected a known hash`,
  );
}

function ofBuild(path: string, part: string): ActionName {
  if (part === "") return { kind: "build", package: path };
  if (part === "stdout") return { kind: "build output", package: path };
  if (part === "link-stdout") return { kind: "link output", package: path };
  if (part === "srcfiles") return { kind: "sources", package: path };
  if (part.startsWith("covmeta.")) return { kind: "coverage", package: path };
  return { kind: "generated", package: path, file: part };
}

function ofVet(path: string, part: string): ActionName | undefined {
  const kinds = { "": "vet", stdout: "vet output", "fix.zip": "fixes" } as const;
  const kind = Object.entries(kinds).find(([name]) => name === part)?.[1];
  return kind && { kind, package: path };
}

function ofTest(text: string, parts: readonly string[], graph: readonly GraphAction[]): ActionName {
  const id = /test binary (\S+)/.exec(text)?.[1] ?? "";
  const bytes = Buffer.from(id, "base64url").toHex();
  const link = graph.find(
    ({ mode, action, buildID }) => mode === "link" && (action === bytes || buildID.endsWith(id)),
  );
  const path = link?.package.replace(/\.test$/, "") ?? "";
  if (parts.length === 0) return { kind: "test inputs", package: path };
  return { kind: parts.at(-1) === "coverprofile" ? "coverage" : "test output", package: path };
}

/** The package whose main file of a test this is. */
function tested(text: string): string {
  return /\t_test "(.+)"/.exec(text)?.[1] ?? /\t_xtest "(.+)_test"/.exec(text)?.[1] ?? "";
}

function indexed(text: string): string {
  return /(?:package|module index) \S+ go index v2 (.+)\n/.exec(text)?.[1] ?? "";
}

function ofCompiler({ inputs }: Hashed, part: string): ActionName {
  const file = /gccCompilerID "(.+?)"/.exec(inputs.join(""))?.[1] ?? "";
  return part === "" ? { kind: "compiler", package: "", file } : { kind: "probe", package: "" };
}
