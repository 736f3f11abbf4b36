import { readFileSync } from "node:fs";
import { ignoringTheSame } from "../../ignored-signals.ts";
import { reason } from "../../trouble.ts";
import { NotStarted } from "../failure.ts";
import type { ProcessEnd } from "../process/end-as.ts";

const signals = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;

/**
 * Runs a command to its end, with the stdin, stdout and stderr of this process. This process outlives it: a signal that a
 * terminal has sent reaches the command, too, and any other one is passed on.
 *
 * @throws (rejects) {NotStarted}
 */
export async function runBuild(
  words: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<ProcessEnd> {
  const argv = ignoringTheSame(words);
  let command: Bun.Subprocess | undefined;
  // Before the command: from then on, a signal must not end this process alone.
  const handlers = signals.map((name) => {
    const handler = () => {
      if (name === "SIGTERM" || !isForeground()) command?.kill(name);
    };
    process.on(name, handler);
    return () => process.off(name, handler);
  });
  try {
    command = Bun.spawn([...argv], { env: { ...env }, stdio: ["inherit", "inherit", "inherit"] });
    await command.exited;
  } catch (cause) {
    throw new NotStarted(`can't run ${words[0]}: ${reason(cause)}`, { cause });
  } finally {
    for (const off of handlers) off();
  }
  const { signalCode, exitCode } = command;
  return signalCode === null ? { code: exitCode ?? 0 } : { signal: String(signalCode) };
}

/** Whether the keys of the terminal reach this process, and with it the command. */
function isForeground(): boolean {
  try {
    // After the name, in parentheses: state, parent, process group, session, terminal, its foreground group.
    const fields = readFileSync("/proc/self/stat", "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    return fields[2] === fields[5];
  } catch {
    return true;
  }
}
