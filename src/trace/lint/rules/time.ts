import { tolerance } from "../../../conformance/checks/time.ts";
import type { ResponseEvent } from "../../events.ts";
import type { Conversation } from "../conversation.ts";
import type { Rule } from "../rule.ts";

/** The Time of a hit. */
export const timeRules: readonly Rule[] = [
  {
    id: "time/present",
    of: "hit",
    hit: ({ response }, judge) => judge.require(response.time !== undefined, "Time", () => "none"),
  },
  {
    id: "time/of-put",
    of: "Time",
    hit({ response, request: { event, entry } }, judge, conversation) {
      const time = timeOf(response);
      if (time === undefined) return;
      const latest = wallOf(conversation) + (entry?.answered ?? response.at) / 1_000;
      const what = entry === undefined ? "the response came" : "the put was answered";
      judge.require(
        time > 0 && time <= latest + tolerance,
        `a Time before ${text(latest)}, when ${what}`,
        () => String(response.time),
      );
      const before = conversation.hits.get(event.action ?? "");
      if (before?.time !== undefined)
        judge.require(
          before.time === response.time,
          "the same Time from every get",
          () => `${before.time}, then ${response.time}`,
        );
    },
  },
  {
    id: "time/of-last-put",
    of: "hit on what was put",
    hit({ response, request: { entry } }, judge, conversation) {
      const time = timeOf(response);
      if (time === undefined || entry === undefined) return;
      const put = wallOf(conversation) + entry.sent / 1_000;
      judge.require(time >= put - tolerance, `a Time of about ${text(put)}, when it was last put`, () =>
        String(response.time),
      );
    },
  },
];

/** In ms since 1970; undefined if there is none. */
function timeOf({ time }: ResponseEvent): number | undefined {
  return time === undefined ? undefined : Temporal.Instant.from(time).epochMilliseconds;
}

/** When the trace began, in ms since 1970. */
function wallOf({ start }: Conversation): number {
  return Temporal.Instant.from(start.time).epochMilliseconds;
}

function text(ms: number): string {
  return Temporal.Instant.fromEpochMilliseconds(Math.round(ms)).toString();
}
