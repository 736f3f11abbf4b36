/**
 * Whether the environment variable NODE_DEBUG names a section: names separated by commas, without spaces, in any case;
 * `*` stands for any characters. Source: node's lib/internal/util/debuglog.js; loading node:util takes longer than the
 * rest of the library.
 */
export function isDebugged(section: string, { NODE_DEBUG: names = "" } = process.env): boolean {
  return names.split(",").some((name) => {
    const pattern = name.replace(/[|\\{}()[\]^$+?.]/g, "\\$&").replace(/\*+/g, ".*");
    return new RegExp(`^${pattern}$`, "i").test(section);
  });
}
