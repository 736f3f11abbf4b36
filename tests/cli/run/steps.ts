import type { Sandbox } from "../sandbox.ts";

/** Writes a package.json with these steps, which read the file "in" unless they say otherwise. */
export function writeSteps(sandbox: Sandbox, steps: Readonly<Record<string, object>>): void {
  const complete = Object.fromEntries(
    Object.entries(steps).map(([name, step]) => [name, { inputs: ["in"], outputs: [], ...step }]),
  );
  sandbox.write("package.json", JSON.stringify({ name: "project", cacheprogw: { steps: complete } }));
  sandbox.write("in", "input\n");
}

/** What cacheprogw said about steps, without times. */
export function said(stderr: string): string {
  return stderr.replaceAll(/\b[\d.]+ m?s\b/g, "TIME");
}
