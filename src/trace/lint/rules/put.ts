import { isAsSaid, isHit } from "../conversation.ts";
import type { Rule } from "../rule.ts";

/** Responses to puts, and what a later get of the same process finds. */
export const putRules: readonly Rule[] = [
  {
    id: "put/answer",
    of: "put",
    put({ response: { error = "", path = "" }, request }, judge) {
      // A put that isn't what it says may be refused.
      if (!isAsSaid(request)) return;
      judge.require(error === "", "a response without Err", () => `Err ${JSON.stringify(error)}`);
      if (error === "") judge.require(path !== "", "a DiskPath", () => "none");
    },
  },
  {
    id: "put/read-back",
    of: "get of what was put",
    get({ response: { miss, error = "" }, request: { entry } }, judge) {
      if (entry !== undefined)
        judge.require(!miss && error === "", `a hit on the ${entry.size} bytes of the put`, () =>
          miss ? "a miss" : `Err ${JSON.stringify(error)}`,
        );
    },
  },
  {
    id: "put/wrong-hash",
    of: "put whose OutputID isn't the SHA-256 of its body",
    put({ response: { error }, request: { body } }, judge) {
      if (body?.sha256 !== undefined && body.size === undefined)
        judge.require(!!error, "Err in the response to put", () => "none");
    },
  },
  {
    id: "put/wrong-size",
    of: "get after a put whose body wasn't as long as BodySize",
    get({ response, request: { event } }, judge, { wrongSizes }) {
      const size = wrongSizes.get(event.action ?? "");
      if (size !== undefined)
        judge.require(
          !isHit(response),
          `a miss after a put of ${size} bytes with another BodySize`,
          () => "a hit",
        );
    },
  },
];
