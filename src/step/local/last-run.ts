import { fileField, type KeyParts } from "../key.ts";

/** What is remembered of a step's key, to say later what changed. It has no value of an environment variable. */
export interface LastKey {
  readonly command: string;
  readonly patterns: string;
  readonly platform: string | null;
  readonly version: string;
  /** The SHA-256 of each value, in hex. */
  readonly env: Readonly<Record<string, string | null>>;
  readonly files: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
}

export function lastKey(parts: KeyParts): LastKey {
  const { platform, version, dependencies } = parts;
  return {
    command: JSON.stringify([parts.command, parts.directory]),
    patterns: JSON.stringify([parts.inputs, parts.outputs]),
    platform,
    version,
    env: Object.fromEntries(Object.entries(parts.env).map(([name, value]) => [name, value && sha256(value)])),
    files: Object.fromEntries(parts.files.map((file) => [file.path, fileField(file).join("\0")])),
    dependencies,
  };
}

/** Every part of a key that changed since the last run, in the words of a report. */
export function changesBetween(before: LastKey, now: LastKey): readonly string[] {
  return [
    ...(before.command === now.command ? [] : ["the command changed"]),
    ...(before.patterns === now.patterns ? [] : ["its inputs or outputs are declared differently"]),
    ...(before.platform === now.platform ? [] : ["it ran on another platform"]),
    ...(before.version === now.version ? [] : ["its version changed"]),
    ...different(before.env, now.env, (name) => [
      `${name} changed`,
      `${name} is declared now`,
      `${name} isn't declared anymore`,
    ]),
    ...different(before.files, now.files, (path) => [`${path} changed`, `${path} is new`, `${path} is gone`]),
    ...different(before.dependencies, now.dependencies, (id) => [
      `${id} left other outputs`,
      `it depends on ${id} now`,
      `it doesn't depend on ${id} anymore`,
    ]),
  ];
}

type Words = readonly [changed: string, added: string, removed: string];

function different(
  before: Readonly<Record<string, string | null>>,
  now: Readonly<Record<string, string | null>>,
  words: (name: string) => Words,
): readonly string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])].sort();
  return names.flatMap((name) => {
    const [changed, added, removed] = words(name);
    if (!Object.hasOwn(before, name)) return [added];
    if (!Object.hasOwn(now, name)) return [removed];
    return before[name] === now[name] ? [] : [changed];
  });
}

function sha256(text: string): string {
  return new Bun.CryptoHasher("sha256").update(text).digest("hex");
}
