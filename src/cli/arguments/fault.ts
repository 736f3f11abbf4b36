import type { Fault } from "../../conformance/fault.ts";
import { faults } from "../../conformance/faults.ts";
import { didYouMean } from "../../nearest.ts";
import { UsageError } from "../failure.ts";

/** @throws {UsageError} for an unknown name, with the one that was probably meant; the help lists all */
export function findFault(name: string): Fault {
  const fault = faults.find((each) => each.name === name);
  if (fault !== undefined) return fault;
  const names = faults.map((each) => each.name);
  const near = didYouMean(name, names);
  throw new UsageError(`unknown fault ${JSON.stringify(name)}.${near} The help lists all faults.`);
}

/** What the help says about faults: paragraphs. */
export function faultHelp(): string {
  return `
With --fault, serve misbehaves in one named way. Use it to test a client, or to see a check fail. The faults:
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
