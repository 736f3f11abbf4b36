import { join } from "node:path";
import type { Program } from "../interop/peer.ts";
import { output } from "./output.ts";

const root = join(import.meta.dir, "../../..");

/** Builds the package. @returns the built-in cache program as an installed package starts it */
export async function installed(): Promise<Program> {
  await output([process.execPath, join(root, "tests/tools/build.ts")]);
  return { name: "cacheprogw serve", command: [join(root, "dist/cli/main.js"), "serve", "--dir", "{dir}"] };
}
