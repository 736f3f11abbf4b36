/** What the entry of an action id holds. */
export const actionKinds = {
  build: "a compiled package",
  "build output": "what the compiler printed",
  link: "an executable",
  "link output": "what the linker printed",
  sources: "the list of a package's source files, for vet and for go list",
  generated: "a source file or a header that go made for a package: by cgo, for coverage or for a test",
  vet: "what vet found out about a package",
  "vet output": "what vet printed",
  fixes: "the changes of go fix",
  "test inputs": "which files and variables a test read",
  "test output": "what a test printed",
  coverage: "which lines a test covered, or what of a package can be covered",
  index: "the source files of a directory or of a module, parsed as far as their imports",
  compiler: "which C compiler there is",
  probe: "whether the C compiler knows an option",
  profile: "a profile for the compiler, preprocessed",
} as const;

/** One of {@link actionKinds}. */
export type ActionKind = keyof typeof actionKinds;

/** What an action id stands for. */
export interface ActionName {
  /** What its entry holds. */
  readonly kind: ActionKind;
  /**
   * The import path of the package, as go has it, such as "net/http", "example.com/m/a.test" or
   * "example.com/m/a [example.com/m/a.test]"; "" if there is none. Of an index: that of the
   * directory, or of the module in the module cache, as far as it's known.
   */
  readonly package: string;
  /**
   * Of generated: the name of the file. Of an index: the absolute directory, or the directory relative to its module if
   * nothing more is known. Of a compiler: its path.
   */
  readonly file?: string;
}
