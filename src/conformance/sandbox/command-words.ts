import { statSync } from "node:fs";
import { isAbsolute } from "node:path";
import { absolutePath } from "../../absolute-path.ts";
import { legible } from "../../safe-text.ts";

/**
 * The words of a command as a program needs them that runs in another directory: the program, where it is a path, and
 * each argument that is the path of something that exists, made absolute.
 */
export function absoluteWords(words: readonly string[], cwd = process.cwd()): readonly string[] {
  return words.map((word, index) => {
    if (word === "" || isAbsolute(word)) return word;
    const path = absolutePath(word, cwd);
    if (index === 0) return word.includes("/") ? path : word;
    return isPath(word, path) ? path : word;
  });
}

/** A folder may have the name of what is only a word, such as `serve`: it needs a slash to be one. */
function isPath(word: string, path: string): boolean {
  try {
    return statSync(path).isFile() || word.includes("/");
  } catch {
    return false; // it is not there, or is no path at all
  }
}

/** Words as one types them into a shell, in a text that is {@link legible}. */
export function shellWords(words: readonly string[]): string {
  return words.map(quote).join(" ");
}

function quote(word: string): string {
  if (legible(word) !== word) return escaped(word);
  const plain = word.replaceAll("{dir}", "");
  if (/^[\w@%+=:,./-]*$/.test(plain) && word !== "" && !word.startsWith("=")) return word;
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** Source: POSIX.1-2024, 2.2.4, Dollar-Single-Quotes. Octal digits are the only ones that are never taken for more. */
function escaped(word: string): string {
  const octal = (byte: number) => `\\${byte.toString(8).padStart(3, "0")}`;
  const bytes = (text: string) => [...new TextEncoder().encode(text)].map(octal).join("");
  return `$'${word.replace(/[^\w./={} -]+/g, bytes)}'`;
}
