import { CacheProgError } from "../../errors.ts";
import { reason } from "../../trouble.ts";
import { shortDigits, shortHex } from "./go/ids.ts";

/** An action of go's, from the file of -debug-actiongraph. Source: cmd/go/internal/work/action.go, actionJSON */
export interface GraphAction {
  /** Its place in the graph, from 0. */
  readonly id: number;
  /** Such as build, link, vet, "test run"; many have none of the requests. */
  readonly mode: string;
  /** The import path; "" if there is none. */
  readonly package: string;
  /** The ids of the actions that come before. */
  readonly deps: readonly number[];
  /** The arguments of a program that go runs, such as a test. */
  readonly args: readonly string[];
  readonly failed: boolean;
  /** Of vet: only for the packages that depend on it. */
  readonly vetxOnly: boolean;
  /** The first 15 bytes of the action id, in hex; "" if there is none. */
  readonly action: string;
  /** The build id: parts in base64url, separated by "/". "" if there is none. */
  readonly buildID: string;
  /** What was made: a path; "" if there is none. */
  readonly built: string;
  /** When it could begin, began and was done, in ms since 1970; undefined if it never was. */
  readonly ready: number | undefined;
  readonly started: number | undefined;
  readonly done: number | undefined;
  /** The commands that go ran for it. */
  readonly commands: readonly string[];
}

/**
 * Parses go's action graph.
 *
 * @throws {CacheProgError} `BAD_TRACE`: it isn't one, or not a complete one
 */
export function parseGraph(text: string): readonly GraphAction[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new CacheProgError("BAD_TRACE", `the action graph isn't JSON: ${reason(cause)}`, { cause });
  }
  if (!Array.isArray(value)) throw bad(`it's ${typeof value}; expected a list of actions`);
  const actions = value.map((one: unknown, index) => action(one, index));
  for (const { id, deps } of actions)
    for (const dep of deps)
      if (!(dep in actions)) throw bad(`action ${id} depends on ${dep}, and there is no such action`);
  return actions;
}

function action(fields: unknown, index: number): GraphAction {
  if (!isRecord(fields)) throw bad(`action ${index} isn't an object`);
  const where = `action ${index}`;
  const id = fields.ID;
  if (id !== index) throw bad(`${where} has the ID ${JSON.stringify(id)}`);
  return {
    id: index,
    mode: text(fields, "Mode", where),
    package: text(fields, "Package", where),
    deps: list(fields, "Deps", where, isPlace, "a list of IDs"),
    args: list(fields, "Args", where, isText, "a list of strings"),
    failed: fields.Failed === true,
    vetxOnly: fields.VetxOnly === true,
    action: actionID(text(fields, "ActionID", where), where),
    buildID: text(fields, "BuildID", where),
    built: text(fields, "Built", where),
    ready: time(text(fields, "TimeReady", where)),
    started: time(text(fields, "TimeStart", where)),
    done: time(text(fields, "TimeDone", where)),
    commands: list(fields, "Cmd", where, isText, "a list of strings"),
  };
}

type Fields = Readonly<Record<string, unknown>>;

function isRecord(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function text(fields: Fields, name: string, where: string): string {
  const value = fields[name] ?? "";
  if (typeof value === "string") return value;
  throw bad(`${name} of ${where} is ${shown(value)}; expected a string`);
}

/** Go writes null for an empty list. */
function list<T>(
  fields: Fields,
  name: string,
  where: string,
  is: (one: unknown) => one is T,
  expected: string,
): readonly T[] {
  const value = fields[name] ?? [];
  if (Array.isArray(value) && value.every(is)) return value;
  throw bad(`${name} of ${where} is ${shown(value)}; expected ${expected}`);
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isPlace(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

function actionID(id: string, where: string): string {
  const hex = id === "" ? "" : shortHex(id);
  if (hex !== undefined) return hex;
  throw bad(`ActionID of ${where} is ${shown(id)}; expected ${shortDigits / 2} bytes in base64`);
}

/** Go's zero time is in the year 1. */
function time(value: string): number | undefined {
  const ms = Date.parse(value);
  return ms > 0 ? ms : undefined;
}

function shown(value: unknown): string {
  return JSON.stringify(value).slice(0, 60);
}

function bad(what: string): CacheProgError {
  return new CacheProgError("BAD_TRACE", `the action graph can't be read: ${what}`);
}
