import type { Check } from "./check.ts";
import { answering } from "./checks/answers.ts";
import { bodies } from "./checks/bodies.ts";
import { closing } from "./checks/close.ts";
import { concurrency } from "./checks/concurrency.ts";
import { damage } from "./checks/damage.ts";
import { ending } from "./checks/end.ts";
import { environment } from "./checks/environment.ts";
import { file } from "./checks/file.ts";
import { framing } from "./checks/framing.ts";
import { get } from "./checks/get.ts";
import { handshake } from "./checks/handshake.ts";
import { persistence } from "./checks/persistence.ts";
import { processes } from "./checks/processes.ts";
import { put } from "./checks/put.ts";
import { shared } from "./checks/shared.ts";
import { storage } from "./checks/storage.ts";
import { time } from "./checks/time.ts";

/** Every check, in the order in which they are listed and reported. */
export const catalogue: readonly Check[] = [
  ...handshake,
  ...framing,
  ...answering,
  ...bodies,
  ...get,
  ...time,
  ...damage,
  ...put,
  ...storage,
  ...file,
  ...closing,
  ...ending,
  ...concurrency,
  ...processes,
  ...environment,
  ...persistence,
  ...shared,
];
