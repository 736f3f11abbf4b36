import type { Command } from "../command.ts";
import { plainServe, serveStore } from "../plain-serve.ts";
import { aboutStores, refuseProgram } from "../serve-command.ts";

/** `serve` with faults. They are loaded for --fault and for the help only. */
export const serve: Command = {
  ...plainServe,
  details: async () => `${aboutStores}\n${(await import("../arguments/fault.ts")).faultHelp()}`,
  async run(input) {
    if (input.options.has("gocache")) return (await import("../gocache-serve.ts")).goCacheServe.run(input);
    const name = input.options.get("fault");
    if (name === undefined) return plainServe.run(input);
    refuseProgram(input.program);
    const fault = (await import("../arguments/fault.ts")).findFault(name);
    return serveStore(input, (store) => fault.run(store));
  },
};
