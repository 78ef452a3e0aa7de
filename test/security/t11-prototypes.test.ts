import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { raw, rawRequest } from "../support/bytes/raw-http.js";
import { Gateways } from "../support/gateway.js";
import { addEcho } from "../support/programs/api-echo.js";

const names = [
  "__proto__",
  "constructor",
  "prototype",
  "a[__proto__]",
  "__proto__[polluted]",
  "constructor[prototype]",
];
const bodies = [
  '{"__proto__":{"polluted":1}}',
  '{"constructor":{"prototype":{"polluted":1}}}',
  '{"a":{"__proto__":{"polluted":1}}}',
  '{"service":"go.micro.api.echo","method":"Echo.Call","__proto__":{"polluted":1},"request":{"__proto__":{"polluted":1}}}',
  '{"__pro\\u0074o__":{"polluted":1}}',
];

describe("T11: names that could reach a prototype", () => {
  it("pollute nothing, by header, query, form or JSON", async () => {
    await using gateways = new Gateways();
    const echo = gateways.service("go.micro.api.echo");
    addEcho(echo, "Echo");
    await gateways.run(echo);
    const http = await gateways.open();
    const host = `Host: ${http.address}`;
    for (const name of names) {
      const pair = `${encodeURIComponent(name)}=polluted`;
      const form = ["Content-Type: application/x-www-form-urlencoded", `Content-Length: ${pair.length}`];
      for (const path of ["/echo/echo/call", "/rpc"]) {
        await raw(http.address, rawRequest("GET", `${path}?${pair}`, [host]));
        const { status } = await raw(http.address, rawRequest("POST", path, [host, ...form], pair));
        assert.ok(status === 200 || status === 400, `${status}`);
      }
    }
    for (const body of bodies)
      for (const path of ["/echo/echo/call", "/rpc"]) {
        const json = ["Content-Type: application/json", `Content-Length: ${body.length}`];
        await raw(
          http.address,
          rawRequest("POST", path, [host, ...json, "__proto__: x", "constructor: y"], body),
        );
      }
    assert.equal(({} as Record<string, unknown>).polluted, undefined);
  });

  it("answers 413 or 431 to floods of names", async () => {
    await using gateways = new Gateways();
    const http = await gateways.open();
    const host = `Host: ${http.address}`;
    const query = Array.from({ length: 1001 }, (_, i) => `k${i}`).join("&");
    const body = "service=a&method=A.B";
    const form = ["Content-Type: application/x-www-form-urlencoded", `Content-Length: ${body.length}`];
    const flooded = await raw(http.address, rawRequest("POST", `/rpc?${query}`, [host, ...form], body));
    assert.equal(flooded.status, 413);
    const headers = Array.from({ length: 300 }, (_, i) => `X-${i}: 1`);
    const many = await raw(http.address, rawRequest("POST", "/rpc", [host, ...headers, ...form], body));
    assert.ok(many.status === 431 || many.status === 400, `${many.status}`);
  });
});
