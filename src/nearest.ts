/** Finds the name that a mistyped one was most likely meant to be. */
export function nearest(given: string, names: Iterable<string>): string | undefined {
  const all = [...names];
  const inOtherCase = all.find((name) => name.toLowerCase() === given.toLowerCase());
  if (inOtherCase !== undefined) return inOtherCase;
  const longer = all.find((name) => given.length > 2 && name.startsWith(given));
  if (longer !== undefined) return longer;
  let best: string | undefined;
  let least = Math.max(1, Math.floor(given.length / 3)) + 1;
  for (const name of all) {
    const edits = distance(given, name);
    if (edits < least) [best, least] = [name, edits];
  }
  return best;
}

/** Returns the end of an error message about an unknown name: ` Did you mean "get"?`, or "". */
export function didYouMean(given: string, names: Iterable<string>): string {
  const best = nearest(given, names);
  return best === undefined ? "" : ` Did you mean ${JSON.stringify(best)}?`;
}

/** The Damerau-Levenshtein distance: letters added, dropped, changed, or swapped with their neighbor. */
function distance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let least = Math.min(changed, (last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1);
      if (a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, (beforeLast[j - 2] ?? least) + 1);
      row.push(least);
    }
    [beforeLast, last] = [last, row];
  }
  return last[b.length] ?? 0;
}
