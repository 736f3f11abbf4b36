import { statSync } from "node:fs";
import { isAbsolute } from "node:path";
import { absolutePath } from "../../absolute-path.ts";
import { legible } from "../../safe-text.ts";

/**
 * Prepares the words of a command to run in another directory: makes the program absolute if it is a path, and each
 * argument that is the path of an existing file.
 */
export function absoluteWords(words: readonly string[], cwd = process.cwd()): readonly string[] {
  return words.map((word, index) => {
    if (word === "" || isAbsolute(word)) return word;
    const path = absolutePath(word, cwd);
    if (index === 0) return word.includes("/") ? path : word;
    return isPath(word, path) ? path : word;
  });
}

/** A directory may happen to have the name of an argument such as `serve`, so only a word with a slash can name one. */
function isPath(word: string, path: string): boolean {
  try {
    return statSync(path).isFile() || word.includes("/");
  } catch {
    return false; // it doesn't exist, or isn't a path
  }
}

/** What `cacheprogw check` runs a check with. */
interface CheckCommand {
  /** The words that start cacheprogw. */
  readonly cacheprogw?: readonly string[];
  readonly options?: readonly string[];
  /** The command of the program under test; undefined for the one that is there without. */
  readonly program: readonly string[] | undefined;
}

/** The words of the command that runs one check. */
export function checkCommand(
  id: string,
  { cacheprogw = ["cacheprogw"], options = [], program }: CheckCommand,
): readonly string[] {
  return [...cacheprogw, "check", id, ...options, ...(program === undefined ? [] : ["--", ...program])];
}

/** Quotes words for a shell; the result is {@link legible}. */
export function shellWords(words: readonly string[]): string {
  return words.map(quote).join(" ");
}

function quote(word: string): string {
  if (legible(word) !== word) return escaped(word);
  const plain = word.replaceAll("{dir}", "");
  if (/^[\w@%+=:,./-]*$/.test(plain) && word !== "" && !word.startsWith("=")) return word;
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** Source: POSIX.1-2024, 2.2.4, Dollar-Single-Quotes. Octal escapes are the only ones with a fixed length. */
function escaped(word: string): string {
  const octal = (byte: number) => `\\${byte.toString(8).padStart(3, "0")}`;
  const bytes = (text: string) => [...new TextEncoder().encode(text)].map(octal).join("");
  return `$'${word.replace(/[^\w./={} -]+/g, bytes)}'`;
}
