/** The page that shows a check's source; undefined if there is none. */
export function linkOf(source: string): string | undefined {
  const issue = /\bissue (\d+)/.exec(source);
  if (issue) return `https://go.dev/issue/${issue[1]}`;
  const file = /\b((?:cmd|internal|encoding|os)\/[\w/]+\.go)\b/.exec(source);
  const version = /\bgo(1\.\d+)\)$/.exec(source)?.[1] ?? "1.24";
  if (file) return `https://github.com/golang/go/blob/release-branch.go${version}/src/${file[1]}`;
  const documented = /\bcmd\/go\/internal\/cacheprog\b(?:, ([A-Z][\w.]*))?/.exec(source);
  if (documented) {
    return `https://pkg.go.dev/cmd/go/internal/cacheprog${documented[1] ? `#${documented[1]}` : ""}`;
  }
  return undefined;
}
