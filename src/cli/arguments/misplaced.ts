import { UsageError } from "../failure.ts";

/**
 * Refuses a program among ids: a path, since an id never starts like one.
 *
 * @throws {UsageError} that says where the program belongs
 */
export function refusePrograms(command: string, ids: readonly string[]): void {
  const program = ids.find((word) => /^(?:\.{0,2}|~)\//.test(word));
  if (program === undefined) return;
  throw new UsageError(
    `${JSON.stringify(program)} is no id; put a program after --, as in: cacheprogw ${command} -- ${program}`,
  );
}
