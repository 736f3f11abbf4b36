import { UsageError } from "../failure.ts";

/* Takes the place of fault.ts in the program that bundles of the library contain: the faults are half of serve's size. */

/** @throws {UsageError} always */
export function findFault(): never {
  throw new UsageError("--fault needs the installed cacheprogw; a bundle has serve without faults");
}

export function faultHelp(): string {
  return "With --fault, the installed cacheprogw misbehaves in one named way. A bundle has serve without faults.\n";
}
