import { catalogue } from "../../conformance/catalogue.ts";
import type { Requirement } from "../../conformance/requirement.ts";
import type { Rule } from "./rule.ts";
import { answersRules } from "./rules/answers.ts";
import { clientRequirements, clientRules } from "./rules/client.ts";
import { closeRules } from "./rules/close.ts";
import { contentRules } from "./rules/content.ts";
import { fileRules } from "./rules/file.ts";
import { getRules } from "./rules/get.ts";
import { handshakeRules } from "./rules/handshake.ts";
import { putRules } from "./rules/put.ts";
import { timeRules } from "./rules/time.ts";

/** Every rule. */
export const rules: readonly Rule[] = [
  ...handshakeRules,
  ...answersRules,
  ...getRules,
  ...timeRules,
  ...putRules,
  ...fileRules,
  ...contentRules,
  ...closeRules,
  ...clientRules,
];

/** What the rules are about, in the order of reports: checks of the suite, as they are there, and what clients must do. */
export const requirements: readonly Requirement[] = [
  ...catalogue.filter(({ id }) => rules.some((rule) => rule.id === id)),
  ...clientRequirements,
];

/** Why traffic doesn't show the other checks, by group or id. */
export const unseen: Readonly<Record<string, string>> = {
  "handshake/unprompted": "go sends nothing before the hello",
  framing: "go sends only what it sends; what a program makes of other input takes a test",
  "framing/object-id": "a trace doesn't tell the names of fields",
  "answers/300000": "few builds send that many; a build that fails has other findings",
  "answers/id-of-64-bits": "go's IDs are small",
  "answers/id-order": "a program that refuses a request doesn't say why",
  "answers/lines": "a trace has messages, not lines",
  "answers/names": "a trace doesn't tell the names of fields",
  bodies:
    "where a program loses its place in stdin, other findings show it: `answers/once`, `put/answer`, `put/complete`",
  "get/miss": "the entry may have been put before the recording",
  "get/whole-key": "go's ids are never that similar",
  "time/format": "a trace has the Time as it was read",
  damage: "nobody damages files during a build",
  "put/replaces": "go puts no action twice in one process",
  "put/replaced-by-nothing": "go puts no action twice in one process",
  "put/shared-body": "the next get of it comes in another process",
  "put/at-once": "the findings are those of `put/answer` and `put/complete`",
  storage: "the state of the disk isn't in a trace",
  file: "it takes somebody who looks at the file all the time",
  "close/by-itself": "go ends stdin as soon as it has the response",
  "close/stdout-released": "a recorder tells the exit last, after the end of stdout",
  end: "a trace ends with the program, and go has gone by then",
  concurrency: "what fails under load has other findings, and they don't show that the load was why",
  processes: "one trace is one process",
  "environment/other-directory": "one trace is one process",
  "environment/relative-directory": "it's `file/absolute`",
  "environment/quiet": "stderr isn't recorded",
  "environment/go-within": "the processes of the program aren't recorded",
  "environment/temporary-elsewhere": "the program's TMPDIR is what it is",
  persistence: "one trace is one process, and an entry may be gone for good reasons",
  shared: "one trace is one process",
};
