import { type Mutation, of } from "./mutation.ts";

/** Mutations of the steps: definitions, references, and the graph. */
export const step: readonly Mutation[] = [
  ...of(
    "src/step/reference.ts",
    ["step/reference.test.ts"],
    [
      [
        'const colon = reference.lastIndexOf(":");',
        'const colon = reference.indexOf(":");',
        "a directory with a colon in its name is cut there",
      ],
      [
        "if (/^\\.\\.?(\\/|$)/.test(place))",
        "if (/^\\.\\.?/.test(place))",
        "a package whose name begins with a dot is taken for a directory",
      ],
      ["if (isAbsolute(place))", "if (false)", "an absolute directory is accepted"],
      ['if (place === "")', "if (false)", "a reference without a place is accepted"],
      ['if (place.includes("\\0"))', "if (false)", "a directory with NUL is accepted"],
      [
        "const bad = /[\\s:/\\\\\\p{Cc}]/u",
        "const bad = /[\\s:/\\\\]/u",
        "a name may have control characters",
      ],
      ["return /^[.-]/.test(name)", "return /^[.]/.test(name)", "a name may look like an option"],
    ],
  ),
  ...of(
    "src/step/definition.ts",
    ["step/definition.test.ts"],
    [
      [
        "if (command !== undefined && run !== undefined)",
        "if (false)",
        "a step with both command and run runs one of them",
      ],
      [
        "reader.checkNames(source.name === undefined ? optionNames : entryNames);",
        "reader.checkNames(optionNames);",
        "an entry in package.json may have a name",
      ],
      [
        "if (patterns.length > 0 && patterns.every(",
        "if (patterns.every(",
        "a step without inputs is refused",
      ],
      ["if (before !== undefined)", "if (false)", "a pattern may come twice"],
      ["return Array.from<unknown>(value);", "return value;", "a hole in a list is passed over"],
      ["return absolutePath(value, base);", "return value;", "a relative directory stays relative"],
    ],
  ),
  ...of(
    "src/step/declared-pattern.ts",
    ["step/definition.test.ts"],
    [
      [
        'return pattern.endsWith("/") ? `${path}/` : path;',
        "return path;",
        "a pattern of folders becomes one of files",
      ],
      [
        "if (isOutside || hidesParent(kept))",
        "if (hidesParent(kept))",
        "an output may be outside of the directory",
      ],
      [
        "if (isOutside || hidesParent(kept))",
        "if (isOutside)",
        "an output may be outside of the directory, behind a backslash",
      ],
      ["if (isEverything(kept))", "if (false)", "an output may be the whole directory"],
      ['matchesFile(pattern, "cacheprogw-any") ||', "", "an output may be every file in the directory"],
      ['|| matchesFile(pattern, "cacheprogw-any/file")', "", "an output may be every file in every folder"],
      ['if (matchesFile(kept, "package.json"))', "if (false)", "a restored result replaces package.json"],
      [
        "const exclusion = /^!(?!\\()/;",
        "const exclusion = /^!/;",
        "a pattern that begins with !( is an exclusion",
      ],
    ],
  ),
  ...of(
    "src/step/package-file.ts",
    ["step/project.test.ts"],
    [
      ['"utf-8", { fatal: true }', '"utf-8"', "text that isn't UTF-8 is read as something else"],
      [
        "if (isRecord(value)) return value;",
        "return value as PackageFile;",
        "a package.json that is a list is accepted",
      ],
      [
        'if (hasCode(cause, "ENOENT", "ENOTDIR"))',
        "if (true)",
        "a package.json that can't be read counts as none",
      ],
    ],
  ),
  ...of(
    "src/step/project.ts",
    ["step/project.test.ts"],
    [
      ['existsSync(join(directory, ".git"))) ??', "false) ??", "the root of a repository is not found"],
      ["?.workspaces !== undefined", "?.name !== undefined", "workspaces are not found"],
      [
        "const start = realDirectory(cwd);",
        "const start = cwd;",
        "a directory has two ids, one through a link",
      ],
      ['!path.startsWith("../") &&', "", "a directory outside of the project is accepted"],
      ['path !== ".." &&', "", "the directory above the root is accepted"],
    ],
  ),
  ...of(
    "src/step/graph/graph.ts",
    ["step/graph/graph.test.ts"],
    [
      ["if (byID.has(step.id))", "if (false)", "one of two steps with the same id gets lost"],
      [
        "if (dependency === undefined)\n        throw",
        "if (dependency === undefined) continue;\n      if (false)\n        throw",
        "a dependency that isn't there is passed over",
      ],
      ["onPath.delete(last.step);", "", "a diamond is taken for a circle"],
      ["path.slice(path.indexOf(again))", "path", "a circle is shown with what leads to it"],
    ],
  ),
  ...of(
    "src/step/graph/schedule.ts",
    ["step/graph/schedule.test.ts"],
    [
      [
        "this.#running < this.#jobs && this.#mayStart()",
        "this.#mayStart()",
        "more steps run at once than there are jobs",
      ],
      ["return !this.#signal.aborted && (", "return (", "steps start after the signal fired"],
      ["(this.#keepGoing || this.#failed.length === 0)", "true", "steps start after a failure"],
      [
        "(this.#keepGoing || this.#failed.length === 0)",
        "this.#failed.length === 0",
        "keepGoing stops at a failure",
      ],
      [
        'if (outcome.status === "done") this.#release(step);',
        "this.#release(step);",
        "a step runs although one it depends on failed",
      ],
      ["if (missing === 0)", "if (missing <= 1)", "a step runs before all it depends on are done"],
      ['this.#signal.aborted ? "aborted" : "failed"', '"failed"', "an interrupted step counts as a failure"],
      [
        "first === undefined || this.#keepGoing",
        "first === undefined",
        "a step that the signal kept back is blamed on a failure",
      ],
      [
        'if (outcome?.status === "skipped" && outcome.because.kind === "dependency") return outcome.because;',
        "",
        "a step far from the failed one is skipped without its reason",
      ],
      [
        "longest = Math.max(longest, chain.get(dependent.id) ?? 0);",
        "longest = 0;",
        "a long chain of steps starts late",
      ],
      ["(Number.isSafeInteger(jobs) && jobs > 0)", "jobs >= 0", "no step ever runs, with 0 jobs"],
    ],
  ),
  ...of(
    "src/step/graph/ready-steps.ts",
    ["step/graph/schedule.test.ts"],
    [
      ["> rank) low = middle + 1;", "< rank) low = middle + 1;", "steps start in any order"],
      [
        "this.#steps.splice(low, 0, step);",
        "this.#steps.push(step);",
        "steps start in the order in which they became ready",
      ],
    ],
  ),
  ...of(
    "src/step/graph/packages.ts",
    ["step/graph/package-steps.test.ts", "step/schema.test.ts"],
    [
      ["this.#files.set(directory, read);", "", "a package.json is read again, and may have changed"],
      [
        '.filter((directory) => !directory.split("/").includes("node_modules"));',
        ";",
        "an installed package is taken for a member of the workspaces",
      ],
      [
        "if (excluded.match(directory)) directories.delete(directory);",
        ";",
        "an excluded package is a member of the workspaces",
      ],
      [
        "unreadable.push(reason(error));",
        "throw error;",
        "a malformed package.json that nobody needs is an error",
      ],
      [
        'for (const directory of ["", ...workspace',
        "for (const directory of [...workspace",
        "the root can't be named",
      ],
      [
        "(workspaces.packages ?? [])",
        "workspaces.packages",
        "an object of workspaces without packages is refused",
      ],
    ],
  ),
  ...of(
    "src/step/graph/package-steps.ts",
    ["step/graph/package-steps.test.ts"],
    [
      [
        "this.#find(reference, place.directory,",
        "this.#find(reference, from,",
        "a dependency is looked for where the first step is",
      ],
      [
        "if (directory !== undefined && others.length === 0)",
        "if (directory !== undefined)",
        "one of two packages with the same name is chosen",
      ],
      [
        "dependencies: [...dependencies] });",
        "dependencies: needed.map((found) => stepID(found.directory, found.name)) });",
        "a dependency counts twice",
      ],
      [
        "for (const name of Object.keys(steps)) checkStepName",
        'for (const name of [""].slice(1)) checkStepName',
        "a name with a colon can never be referred to",
      ],
      ["if (!entries.has(name)) {", "if (false) {", "a step that is missing is reported as undefined"],
      ['if (property === "steps") continue;', "continue;", 'a mistyped "steps" is passed over'],
      ["all.length > most ?", "false ?", "a list of names is cut without a word"],
    ],
  ),
];
