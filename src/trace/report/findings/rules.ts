import { cut, earlyDeath, errors, goEnded, interrupted, killed, lost, notMessages } from "./failures.ts";
import type { Rule } from "./finding.ts";
import { hitNotUsed, otherOutput, otherPackage } from "./hits.ts";
import { indexOnly, missedAfterPut, testRerun } from "./misses.ts";
import { compilerPutAgain, neverRead, notReproducible, putWithoutPath, wrongBody } from "./puts.ts";
import { heldUp, slowCache, slowClose, slowHello } from "./waits.ts";

/** What is looked for. Findings of the same level are shown in this order. */
export const rules: readonly Rule[] = [
  earlyDeath,
  killed,
  notMessages,
  errors,
  lost,
  wrongBody,
  putWithoutPath,
  otherPackage,
  hitNotUsed,
  otherOutput,
  notReproducible,
  slowHello,
  slowClose,
  slowCache,
  heldUp,
  missedAfterPut,
  indexOnly,
  testRerun,
  compilerPutAgain,
  neverRead,
  interrupted,
  goEnded,
  cut,
];
