import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { guardedLookup } from "../../../src/core/net/dial-guard.js";

describe("what is never dialled", () => {
  for (const host of [
    "169.254.169.254",
    "::ffff:169.254.169.254",
    "100.100.100.200",
    "::ffff:100.100.100.200",
    "fd00:ec2::254",
    "fe80::1",
    "0.0.0.0",
    "::",
    "224.0.0.1",
    "ff02::1",
  ])
    it(`is ${host}`, async () => {
      const refused = { code: 403, executed: "no", detail: /no node can be there/ };
      await assert.rejects(guardedLookup({ host, port: 80 }), refused);
    });

  for (const host of ["100.100.100.201", "10.0.0.1", "127.0.0.1", "fd00:ec2::253"])
    it(`is not ${host}`, async () => {
      await guardedLookup({ host, port: 80 });
    });
});
