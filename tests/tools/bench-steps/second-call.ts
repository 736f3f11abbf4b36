/*
 * A script with a step. Prints how long its second call of step() took, in ms.
 *
 * usage: bun second-call.ts MODULE FOLDER
 */
import type { step as Step } from "../../../src/step/index.ts";

const [module = "", cwd = ""] = process.argv.slice(2);
const { step }: { step: typeof Step } = await import(module);
const options = {
  name: "script",
  cwd,
  command: "mkdir -p dist-of-script && cat src/*/*.txt > dist-of-script/all.txt",
  inputs: ["src"],
  outputs: ["dist-of-script"],
};
// The first run of this script makes the outputs; the second one finds them old enough to be trusted.
await step(options);
const start = performance.now();
const { status, restored } = await step(options);
const took = performance.now() - start;
if (status !== "hit" || restored > 0) throw new Error(`it was no hit: ${status}`);
console.log(took);
