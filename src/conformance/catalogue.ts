import { answersChecks } from "./checks/answers.ts";
import { bodiesChecks } from "./checks/bodies.ts";
import { closeChecks } from "./checks/close.ts";
import { concurrencyChecks } from "./checks/concurrency.ts";
import { damageChecks } from "./checks/damage.ts";
import { endChecks } from "./checks/end.ts";
import { environmentChecks } from "./checks/environment.ts";
import { fileChecks } from "./checks/file.ts";
import { framingChecks } from "./checks/framing.ts";
import { getChecks } from "./checks/get.ts";
import { handshakeChecks } from "./checks/handshake.ts";
import { persistenceChecks } from "./checks/persistence.ts";
import { processesChecks } from "./checks/processes.ts";
import { putChecks } from "./checks/put.ts";
import { sharedChecks } from "./checks/shared.ts";
import { storageChecks } from "./checks/storage.ts";
import { timeChecks } from "./checks/time.ts";
import type { Check } from "./requirement.ts";

/** Every check, in the order of lists and reports. */
export const catalogue: readonly Check[] = [
  ...handshakeChecks,
  ...framingChecks,
  ...answersChecks,
  ...bodiesChecks,
  ...getChecks,
  ...timeChecks,
  ...damageChecks,
  ...putChecks,
  ...storageChecks,
  ...fileChecks,
  ...closeChecks,
  ...endChecks,
  ...concurrencyChecks,
  ...processesChecks,
  ...environmentChecks,
  ...persistenceChecks,
  ...sharedChecks,
];
