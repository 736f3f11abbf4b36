import { readFileSync, statSync } from "node:fs";
import { isAbsolute, resolve } from "node:path";
import { splitCommand } from "../../wire/command-line.ts";
import type { GoProcess } from "../events.ts";

const flag = "debug-actiongraph";

/**
 * The file to which this go writes its action graph: that of its command line, else that of GOFLAGS.
 * Source: BuildCmd.Flag and GOFLAGS of cmd/go/internal/base
 */
export function graphPath({ command = [], directory, env = {} }: GoProcess): string | undefined {
  const path = ofWords(untilProgram(command)) ?? ofWords(flagsOf(env.GOFLAGS));
  if (!path) return undefined;
  if (isAbsolute(path)) return path;
  return directory === undefined ? undefined : resolve(directory, path);
}

function flagsOf(text: string | undefined): readonly string[] {
  try {
    return splitCommand(text ?? "");
  } catch {
    return []; // go refuses it, too
  }
}

/** The words of go's own: after these come those of a test or of a program. */
function untilProgram(command: readonly string[]): readonly string[] {
  const end = command.findIndex((word) => /^--?args$|^--$/.test(word));
  return end === -1 ? command : command.slice(0, end);
}

function ofWords(words: readonly string[]): string | undefined {
  let path: string | undefined;
  for (const [at, word] of words.entries()) {
    const [, value] = /^--?debug-actiongraph(?:=(.*))?$/s.exec(word) ?? [];
    if (value !== undefined) path = value;
    else if (word === `-${flag}` || word === `--${flag}`) path = words[at + 1];
  }
  return path;
}

/**
 * What is in that file, if go has written it since a time: go's graph is complete when it closes its cache.
 *
 * @param since the start of the trace, in ms since 1970
 */
export function readGraphFile(path: string, since: number): string | undefined {
  try {
    // A file system may keep times in steps of its clock.
    if (statSync(path).mtimeMs < since - 20) return undefined;
    return readFileSync(path, "utf8");
  } catch {
    return undefined; // a command without a graph
  }
}
