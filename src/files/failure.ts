import { CacheProgError } from "../errors.ts";
import { shownPath } from "../text.ts";
import { hasCode, reason } from "../trouble.ts";

/** A file, folder or name that can't be read. */
export function unreadable(kind: "file" | "folder" | "name", path: string, cause: unknown): CacheProgError {
  const why = typeof cause === "string" ? cause : reason(cause);
  return new CacheProgError("FILE_UNREADABLE", `can't read the ${kind} ${shownPath(path)}: ${why}`, {
    cause,
  });
}

/** What was found a moment ago, and can't be read now. */
export function lost(kind: "file" | "folder", path: string, cause: unknown): CacheProgError {
  if (hasCode(cause, "ENOENT", "ENOTDIR")) return changed(path, "it's gone", cause);
  // ELOOP: a symbolic link took the file's place.
  return hasCode(cause, "ELOOP")
    ? changed(path, "it's no longer a file", cause)
    : unreadable(kind, path, cause);
}

/** A file that isn't what it was when it was found. */
export function changed(path: string, how: string, cause?: unknown): CacheProgError {
  return new CacheProgError("FILE_CHANGED", `${shownPath(path)} changed while it was hashed: ${how}`, {
    cause,
  });
}
