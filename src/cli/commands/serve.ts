import type { Command } from "../command.ts";
import { aboutStores, plainServe, refuseProgram, serveStore } from "../plain-serve.ts";

/** `serve` with faults. They are loaded for --fault and for the help only. */
export const serve: Command = {
  ...plainServe,
  details: async () => `${aboutStores}\n${(await import("../arguments/fault.ts")).faultHelp()}`,
  async run(input) {
    const name = input.options.get("fault");
    if (name === undefined) return plainServe.run(input);
    refuseProgram(input.program);
    const fault = (await import("../arguments/fault.ts")).findFault(name);
    return serveStore(input, (store) => fault.run(store));
  },
};
