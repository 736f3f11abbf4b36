import type { Fault } from "./fault.ts";
import { bodyFaults } from "./faults/body-lines.ts";
import { closeFaults } from "./faults/close.ts";
import { concurrencyFaults } from "./faults/concurrency.ts";
import { damageFaults } from "./faults/damage.ts";
import { endFaults } from "./faults/end.ts";
import { environmentFaults } from "./faults/environment.ts";
import { fileFaults } from "./faults/file.ts";
import { framingFaults } from "./faults/framing.ts";
import { getFaults } from "./faults/get.ts";
import { handshakeFaults } from "./faults/handshake.ts";
import { persistenceFaults } from "./faults/persistence.ts";
import { processesFaults } from "./faults/processes.ts";
import { putFaults } from "./faults/put.ts";
import { responseFaults } from "./faults/responses.ts";
import { sharedFaults } from "./faults/shared.ts";
import { storageFaults } from "./faults/storage.ts";
import { timeFaults } from "./faults/time.ts";

/** Every fault, in the order of the catalogue. */
export const faults: readonly Fault[] = [
  ...handshakeFaults,
  ...framingFaults,
  ...responseFaults,
  ...bodyFaults,
  ...getFaults,
  ...timeFaults,
  ...damageFaults,
  ...putFaults,
  ...storageFaults,
  ...fileFaults,
  ...closeFaults,
  ...endFaults,
  ...concurrencyFaults,
  ...processesFaults,
  ...environmentFaults,
  ...persistenceFaults,
  ...sharedFaults,
];
