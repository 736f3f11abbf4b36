import type { ProgramReport, Report, Result } from "../../report.ts";

/** A program of a report, and how its lines are drawn. */
export interface DrawnProgram {
  readonly program: ProgramReport;
  readonly style: number;
}

/** The programs, and the no-op program as the last one: each has the same color and mark in all plots. */
export function drawnPrograms({ programs, limit }: Report): readonly DrawnProgram[] {
  return [...programs.map((program, style) => ({ program, style })), { program: limit, style: 4 }];
}

/** A figure's id in its parts: the group and what differs in it. */
export function partsOf({ figure }: Result): readonly [group: string, rest: string] {
  const at = figure.id.indexOf("/");
  return at < 0 ? [figure.id, ""] : [figure.id.slice(0, at), figure.id.slice(at + 1)];
}
