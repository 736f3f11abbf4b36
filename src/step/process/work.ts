import { reason } from "../../trouble.ts";
import type { StepDefinition } from "../definition.ts";
import { type CommandEnd, runCommand, type Stream } from "./run-command.ts";

/** How the work of a step ended. */
export type WorkEnd =
  /** `isCut`: it left a process that holds its output, so there may be more of it. */
  | { readonly kind: "done"; readonly isCut: boolean }
  | { readonly kind: "failed"; readonly end: CommandEnd }
  | { readonly kind: "threw"; readonly error: unknown };

export interface WorkOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly onOutput: (stream: Stream, bytes: Uint8Array) => void;
}

/**
 * Does the work of a step: runs its command, or calls its function. What a function prints goes straight to the
 * terminal, and isn't kept.
 */
export async function runWork({ command, cwd }: StepDefinition, options: WorkOptions): Promise<WorkEnd> {
  const { env, signal, onOutput } = options;
  if ("run" in command) {
    try {
      await command.run({ cwd, signal });
      return { kind: "done", isCut: false };
    } catch (error) {
      return { kind: "threw", error };
    }
  }
  const end = await runCommand({
    argv: "shell" in command ? ["sh", "-c", command.shell] : command.argv,
    cwd,
    env,
    signal,
    onOutput,
  });
  return end.kind === "exited" && end.code === 0
    ? { kind: "done", isCut: end.isCut }
    : { kind: "failed", end };
}

/** How work failed, as the end of a sentence about it. */
export function howItFailed(end: WorkEnd): string {
  if (end.kind === "threw") return `failed: ${reason(end.error)}`;
  if (end.kind === "done") return "succeeded";
  const { end: command } = end;
  if (command.kind === "not started") return `can't be started: ${command.why}`;
  return command.kind === "killed"
    ? `was killed by ${command.signal}`
    : `failed with exit code ${command.code}`;
}
