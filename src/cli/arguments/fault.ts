import type { Fault } from "../../conformance/fault.ts";
import { faults } from "../../conformance/faults.ts";
import { UsageError } from "../failure.ts";
import { suggestion } from "./suggestion.ts";

/** @throws {UsageError} for a name that is not there, with all that are */
export function findFault(name: string): Fault {
  const fault = faults.find((each) => each.name === name);
  if (fault !== undefined) return fault;
  const names = faults.map((each) => each.name);
  const near = suggestion(name, names);
  throw new UsageError(`there is no fault ${JSON.stringify(name)}.${near} There are:\n${list()}`);
}

/** What the help says of faults: paragraphs. */
export function faultHelp(): string {
  return `
With --fault, it goes wrong in one way, so that whoever writes a client, or a check, has something to try it on:

${list()}
`;
}

function list(): string {
  const column = Math.max(...faults.map(({ name }) => name.length)) + 4;
  return faults
    .map(({ name, description }) => {
      const lines = Bun.wrapAnsi(description, 80 - column).split("\n");
      return `  ${name.padEnd(column - 2)}${lines.join(`\n${" ".repeat(column)}`)}`;
    })
    .join("\n");
}
