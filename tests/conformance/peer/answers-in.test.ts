import { expect, test } from "bun:test";
import { AnswersIn } from "../../../src/conformance/peer/answers-in.ts";

function answersTo(output: string): AnswersIn {
  const answers = new AnswersIn(() => {});
  answers.take(new TextEncoder().encode(output));
  answers.end();
  return answers;
}

test("a response that the end of stdout cuts off is noise, not a violation", () => {
  const answers = answersTo('{"ID":0,"KnownCommands":["get"]}\n{"ID":1,"Mi');
  expect(answers.violation).toBeUndefined();
  expect(answers.noise).toMatchObject({
    expected: "complete responses as JSON on stdout",
    actual: expect.stringContaining("inside the response that began at byte 33"),
  });
});

test("an output of complete responses has neither noise nor a violation", () => {
  const answers = answersTo('{"ID":0,"KnownCommands":["get"]}\n');
  expect([answers.noise, answers.violation]).toEqual([undefined, undefined]);
});
