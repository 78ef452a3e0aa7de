import assert from "node:assert/strict";
import { networkInterfaces } from "node:os";
import { describe, it } from "node:test";
import { advertised, dialAddress, loopback, loopbackAddress } from "../../../src/core/net/local-address.js";

describe("addresses of this machine", () => {
  it("dials what is bound to every interface at loopback, and all else where it is bound", () => {
    for (const address of [":80", "0.0.0.0:80", "[::]:80"]) assert.equal(dialAddress(address), loopback(80));
    for (const address of ["10.0.0.1:80", "[2001:db8::1]:80", "name:80"])
      assert.equal(dialAddress(address), address);
  });

  it("advertises the configured address, else the bound one, else that of an interface", () => {
    const bound = { host: "0.0.0.0", port: 80 };
    assert.deepEqual(advertised(bound, "name"), { host: "name", port: 80 });
    assert.deepEqual(advertised(bound, "[2001:db8::1]:81"), { host: "2001:db8::1", port: 81 });
    assert.deepEqual(advertised({ host: "10.0.0.1", port: 80 }, undefined), { host: "10.0.0.1", port: 80 });
    const own = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
    const known = new Set([...own.map(({ address }) => address), loopbackAddress()]);
    for (const host of ["", "0.0.0.0", "::"]) assert.ok(known.has(advertised({ host, port: 80 }, "").host));
  });
});
