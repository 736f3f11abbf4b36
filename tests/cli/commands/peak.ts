import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { peakMemory } from "../../peak-memory.ts";

/* Loaded before a program: writes its peak memory, in bytes, to a file named after its pid when it exits. */
process.on("exit", () => {
  writeFileSync(join(process.env.PEAK_FOLDER ?? "", `${process.pid}`), `${peakMemory()}`);
});
