import { setDefaultTimeout } from "bun:test";

// Tests wait for events, and most are done in milliseconds. On a machine that is busy, five seconds are no proof of a hang.
setDefaultTimeout(60_000);
