import { describe } from "node:test";
import { calls } from "./transport-calls.js";
import { failures } from "./transport-failures.js";
import type { OpenTransport } from "./transport-served.js";
import { endings, streams } from "./transport-streams.js";

/** Runs the conformance suite of transports under `node:test`. */
export function transportSuite(name: string, open: OpenTransport): void {
  describe(`${name} transport`, () => {
    calls(open);
    failures(open);
    streams(open);
    endings(open);
  });
}
