import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { raw, rawRequest } from "../support/bytes/raw-http.js";
import { Gateways } from "../support/gateway.js";
import { addEcho } from "../support/programs/api-echo.js";

const forged = [
  "X-Micro-From-Service: go.micro.srv.root",
  "Micro-From-Service: go.micro.srv.root",
  "X-Micro-Method: Evil.Run",
  "Micro-Endpoint: Evil.Run",
  "Micro-Error: evil",
  "X-Micro-Attempt: 9",
  "X-Forwarded-For: 6.6.6.6",
  "X-Forwarded-Proto: gopher",
  "X-Forwarded-Host: evil.test",
  "Forwarded: for=6.6.6.6",
];

describe("T10: headers that only the listener may set", () => {
  it("reach no service, by any handler", async () => {
    await using gateways = new Gateways();
    const echo = gateways.service("go.micro.api.echo");
    addEcho(echo, "Echo");
    await gateways.run(echo);
    const http = await gateways.open();
    const host = `Host: ${http.address}`;
    const body = '{"service":"go.micro.api.echo","method":"Echo.Call","request":{}}';
    const json = ["Content-Type: application/json", `Content-Length: ${body.length}`];
    const answers = [
      await raw(http.address, rawRequest("GET", "/echo/echo/call", [host, ...forged, "X-Mine: 1"])),
      await raw(http.address, rawRequest("POST", "/rpc", [host, ...forged, "X-Mine: 1", ...json], body)),
    ];
    for (const answer of answers) {
      assert.equal(answer.status, 200, answer.body);
      assert.doesNotMatch(answer.body, /6\.6\.6\.6|gopher|evil|root|Evil/);
      assert.match(answer.body, /"X-Mine|X-Mine/);
      assert.match(answer.body, /X-Forwarded-For/);
    }
  });

  it("are accepted only from trusted proxies", async () => {
    await using gateways = new Gateways();
    const echo = gateways.service("go.micro.api.echo");
    addEcho(echo, "Echo");
    await gateways.run(echo);
    const http = await gateways.open({ trustedProxies: ["127.0.0.0/8", "10.0.0.0/8"] });
    const ask = async (chain: string) => {
      const headers = [`Host: ${http.address}`, `X-Forwarded-For: ${chain}`];
      const { body } = await raw(http.address, rawRequest("GET", "/echo/echo/call", headers));
      return JSON.parse(body).metadata["X-Forwarded-For"];
    };
    assert.equal(await ask("6.6.6.6, 203.0.113.7, 10.0.0.1"), "203.0.113.7");
    assert.equal(await ask("nonsense"), "127.0.0.1");
  });

  it("lets a client shorten the deadline, never lengthen it", async () => {
    await using gateways = new Gateways();
    const slow = gateways.service("go.micro.api.slow");
    slow.handle("Slow.Left", {}, async (_, context) => ({
      body: String(Math.round(context.deadline.left())),
    }));
    await gateways.run(slow);
    const http = await gateways.open({ timeout: 5000 });
    const left = async (timeout: string) => {
      const headers = [`Host: ${http.address}`, `Timeout: ${timeout}`];
      return Number((await raw(http.address, rawRequest("GET", "/slow/slow/left", headers))).body);
    };
    assert.ok((await left("900000000000")) <= 5000);
    assert.ok((await left("2000000000")) <= 2000);
    for (const nonsense of ["-1", "1e9", "x", "99999999999999999999"])
      assert.ok((await left(nonsense)) > 2000, nonsense);
  });
});
