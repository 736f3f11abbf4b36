import { readdirSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { ArgumentError } from "../../errors.ts";
import { didYouMean } from "../../nearest.ts";
import { describe } from "../../text.ts";
import { stepDefinition } from "../definition.ts";
import { isRecord } from "../package-file.ts";
import { directoryInRoot, stepID } from "../project.ts";
import { checkStepName, parseReference, type StepReference } from "../reference.ts";
import { Claim, collision } from "./claim.ts";
import type { GraphStep } from "./graph.ts";
import { sharedOutput } from "./overlap.ts";
import { Packages, packageFileIn } from "./packages.ts";

/**
 * The steps that the package.json files of a project define:
 *
 *     "cacheprogw": { "steps": { "build": { "command": "tsc", "inputs": ["src/**"], "outputs": ["dist"] } } }
 *
 * A reference finds a step in one of three ways, told apart by its form alone:
 *
 * - `gen`: in the package that asks;
 * - `../lib:gen`, `./lib:gen`: in a directory, relative to the package that asks. It has to be in the project;
 * - `lib:gen`, `@acme/lib:gen`: in the package of that name, among the root and the packages of its "workspaces".
 *
 * An object remembers what it has read, so it sees one state of the files. Make a new one to see changes.
 */
export class PackageSteps {
  readonly #root: string;
  readonly #packages: Packages;
  readonly #entries = new Map<string, ReadonlyMap<string, unknown> | undefined>();

  /** @param root the project's root, as findRoot returns it */
  constructor(root: string) {
    this.#root = root;
    this.#packages = new Packages(root);
  }

  /**
   * The names of the steps of a directory's package.json, in the order of the file.
   *
   * @throws {ArgumentError} if the directory isn't in the project, or its package.json is malformed
   */
  names(directory: string): readonly string[] {
    return [...(this.#entriesOf(directoryInRoot(directory, this.#root))?.keys() ?? [])];
  }

  /**
   * Loads steps and all that they depend on, each once. Only these are checked, except for the names in their packages:
   * a mistake in another step does no harm.
   *
   * @param references the steps, as in `dependsOn`, seen from the directory
   * @returns the steps asked for, in that order, then the others; stepGraph puts them in order
   * @throws {ArgumentError} for a step, package or file that doesn't exist or is malformed, with who asked, and what there
   *   is; for two steps that have a file of their outputs in common
   */
  load(references: readonly string[], directory: string): GraphStep[] {
    const from = directoryInRoot(directory, this.#root);
    const steps = new Map<string, GraphStep>();
    const open = references.map((reference) => this.#find(reference, from, "can't run"));
    for (const { entry, ...place } of open) {
      const id = stepID(place.directory, place.name);
      if (steps.has(id)) continue;
      const where = `${packageFileIn(place.directory)}: step ${JSON.stringify(place.name)}`;
      const cwd = join(this.#root, place.directory);
      const definition = stepDefinition(entry, { where, name: place.name, directory: cwd });
      const needed = definition.dependsOn.map((reference) =>
        this.#find(reference, place.directory, `${where} can't depend on`),
      );
      const dependencies = new Set(needed.map((found) => stepID(found.directory, found.name)));
      steps.set(id, { id, definition, dependencies: [...dependencies] });
      for (const found of needed) open.push(found);
    }
    this.#checkOutputs([...steps.values()]);
    return [...steps.values()];
  }

  /**
   * Only steps of one run are compared: a package may have two that fill the same folder, such as for development and for a
   * release.
   * @throws {ArgumentError} a file would be an output of two of them
   */
  #checkOutputs(loaded: readonly GraphStep[]): void {
    const owners = loaded
      .filter(({ definition }) => definition.outputs.length > 0)
      .map(({ id, definition }) => new Claim(id, definition.outputs));
    for (const [at, owner] of owners.entries()) {
      for (const other of owners.slice(at + 1)) {
        const path = sharedOutput(owner, other);
        if (path !== undefined) throw collision(owner, other, path);
      }
    }
  }

  /** @param asker what an error begins with, before the reference */
  #find(reference: string, from: string, asker: string): Found {
    const missing = (why: string) => new ArgumentError(`${asker} ${JSON.stringify(reference)}: ${why}`);
    const { place, name } = parseReference(reference, "the step");
    const directory = this.#directory(place, name, from, missing);
    const entries = this.#entriesOf(directory);
    const file = packageFileIn(directory);
    if (entries === undefined) throw missing(`there is no ${file}`);
    if (entries.size === 0)
      throw missing(
        `${file} has no steps; expected "cacheprogw": {"steps": {${JSON.stringify(name)}: {...}}}`,
      );
    if (!entries.has(name)) {
      const choices = offer(name, entries.keys(), "It has");
      throw missing(`${file} has no step ${JSON.stringify(name)}.${choices}`);
    }
    return { directory, name, entry: entries.get(name) };
  }

  #directory(place: StepReference["place"], name: string, from: string, missing: Missing): string {
    if (place.kind === "own") return from;
    return place.kind === "package"
      ? this.#packageDirectory(place.name, name, from, missing)
      : this.#otherDirectory(place.path, from, missing);
  }

  #otherDirectory(path: string, from: string, missing: Missing): string {
    // Not joined: where a name is a link, the `..` after it is the parent of where it leads.
    const full = `${join(this.#root, from)}/${path}`;
    if (!isDirectory(full)) throw missing(`there is no directory ${path}.${siblings(full)}`);
    try {
      return directoryInRoot(full, this.#root);
    } catch (error) {
      if (!(error instanceof ArgumentError)) throw error;
      throw missing(error.message);
    }
  }

  #packageDirectory(packageName: string, name: string, from: string, missing: Missing): string {
    const { byName, unreadable, hasWorkspaces } = this.#packages.members;
    const [directory, ...others] = byName.get(packageName) ?? [];
    if (directory !== undefined && others.length === 0) return directory;
    const named = `named ${JSON.stringify(packageName)}`;
    if (directory !== undefined) {
      const files = [directory, ...others].map(packageFileIn).join(" and ");
      throw missing(`${files} are both ${named}; expected a directory, such as "../lib:${name}"`);
    }
    const hints = [
      hasWorkspaces ? offer(packageName, byName.keys(), "There are") : " The root has no workspaces.",
      isDirectory(join(this.#root, from, packageName))
        ? ` For the directory, write ${JSON.stringify(`./${packageName}:${name}`)}.`
        : "",
      ...unreadable.map((why) => ` But ${why}.`),
    ];
    throw missing(`no package is ${named}.${hints.join("")}`);
  }

  /** The raw entries of a package by name; undefined without a package.json. */
  #entriesOf(directory: string): ReadonlyMap<string, unknown> | undefined {
    if (!this.#entries.has(directory)) this.#entries.set(directory, this.#readEntries(directory));
    return this.#entries.get(directory);
  }

  #readEntries(directory: string): ReadonlyMap<string, unknown> | undefined {
    const content = this.#packages.read(directory);
    if (content === undefined) return undefined;
    const where = packageFileIn(directory);
    const { cacheprogw = {} } = content;
    if (!isRecord(cacheprogw))
      throw new ArgumentError(`${where}: "cacheprogw" is ${describe(cacheprogw)}; expected an object`);
    for (const property of Object.keys(cacheprogw)) {
      if (property === "steps") continue;
      const hint = didYouMean(property, ["steps"]) || ' Expected "steps".';
      throw new ArgumentError(`${where}: "cacheprogw" has no property ${JSON.stringify(property)}.${hint}`);
    }
    const { steps = {} } = cacheprogw;
    if (!isRecord(steps))
      throw new ArgumentError(
        `${where}: "steps" is ${describe(steps)}; expected an object with a step for each name`,
      );
    for (const name of Object.keys(steps)) checkStepName(name, `${where}: the name of a step`);
    return new Map(Object.entries(steps));
  }
}

/** An entry that was referred to. */
interface Found {
  readonly directory: string;
  readonly name: string;
  readonly entry: unknown;
}

/** Makes the error for a reference that leads nowhere. */
type Missing = (why: string) => ArgumentError;

const most = 20;

/** The end of an error: the name that was most likely meant, or those that exist. */
function offer(given: string, names: Iterable<string>, intro: string): string {
  const all = [...names];
  const meant = didYouMean(given, all);
  if (meant !== "" || all.length === 0) return meant;
  const more = all.length > most ? ` and ${all.length - most} more` : "";
  return ` ${intro}: ${all.slice(0, most).join(", ")}${more}.`;
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/** What was most likely meant instead of a directory that doesn't exist. */
function siblings(path: string): string {
  try {
    return didYouMean(basename(path), readdirSync(dirname(path)));
  } catch {
    return "";
  }
}
