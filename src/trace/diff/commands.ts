import type { GraphAction } from "../names/graph.ts";

/** What the compiler or linker was given in only one of both builds. Nothing, unless both of them ran it. */
export function compareCommands(before: GraphAction, after: GraphAction): string[] {
  if (before.commands.length === 0 || after.commands.length === 0) return [];
  const [old, now] = [wordsOf(before), wordsOf(after)];
  return [
    ...[...now.difference(old)].map((word) => `${shown(word)} is new`),
    ...[...old.difference(now)].map((word) => `${shown(word)} is gone`),
  ];
}

/** Flags whose value is another one each time: files of this build, and ids that follow from the rest. */
const unsteady: readonly string[] = [
  "-o",
  "-trimpath",
  "-buildid",
  "-importcfg",
  "-embedcfg",
  "-symabis",
  "-asmhdr",
];

/** The flags and files of all commands. */
function wordsOf({ commands }: GraphAction): ReadonlySet<string> {
  const words = commands.flatMap((command) => {
    const all = command.split(/\s+/);
    return all.filter((word, at) => !unsteady.includes(word) && !unsteady.includes(all[at - 1] ?? ""));
  });
  return new Set(words.filter((word) => !isOfThisBuild(word)));
}

/** go's working directory has a random name; what is in it was made by this build. */
function isOfThisBuild(word: string): boolean {
  return /\/go-build\d+\//.test(word) || word === "\\" || /^-(buildid|frandom-seed)=/.test(word);
}

function shown(word: string): string {
  return word.startsWith("-") ? `the flag ${word}` : word;
}
