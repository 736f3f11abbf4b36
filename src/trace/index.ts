/*
 * cacheprogw/trace: what a go command asked its cache, as a file, and what can be learned from it.
 *
 *   events.ts      what a trace says
 *   format/        the lines of a trace file
 *   read.ts        a file to events, in bounded memory
 *   requests.ts    events to requests, each with its response
 *   trace.ts       a whole trace in memory
 *   names/         what each action id stands for
 */
export * from "./events.ts";
export { TraceEncoder } from "./format/encode.ts";
export * from "./names/index.ts";
export { readTrace } from "./read.ts";
export { type Outcome, RequestJoin, type TracedRequest } from "./requests.ts";
export { collectTrace, loadTrace, type Trace } from "./trace.ts";
