import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { internal, MicroError } from "../../src/core/errors.js";
import type { Log } from "../../src/core/log/log.js";
import { silent } from "../../src/core/log/log.js";
import { httpServer } from "../../src/http/server.js";
import { raw, rawRequest } from "../support/bytes/raw-http.js";
import { Gateways } from "../support/gateway.js";

const secret = "secret-of-/etc/inside";

describe("T22: what an error reveals", () => {
  it("has no message, cause or stack for the client, and all of it in the log", async () => {
    const logged: string[] = [];
    const log: Log = {
      ...silent,
      error: (fields) => void logged.push(String((fields as { err?: Error }).err?.message)),
    };
    await using http = await httpServer({ name: "go.micro.test", address: "127.0.0.1:0", log });
    const causes: Record<string, () => unknown> = {
      "/message": () => new Error(secret),
      "/cause": () => internal("go.micro.test", secret, { cause: new Error(secret) }),
      "/text": () => secret,
      "/nothing": () => undefined,
      "/status": () => Object.assign(new Error(secret), { statusCode: 502, headers: { "X-Leak": secret } }),
      "/code": () => Object.assign(new Error(secret), { code: "ENOENT", path: secret }),
    };
    for (const [path, cause] of Object.entries(causes))
      http.app.get(path, async () => {
        throw cause();
      });
    await http.listen();
    for (const path of Object.keys(causes)) {
      const { status, head, body } = await raw(
        http.address,
        rawRequest("GET", path, [`Host: ${http.address}`, "X-Request-Id: r1", "X-Mine: echo-me"]),
      );
      assert.equal(status, 500, path);
      assert.doesNotMatch(head + body, /secret|echo-me|X-Leak|stack|\.ts|node_modules/i, path);
      assert.deepEqual(Object.keys(JSON.parse(body)), ["id", "code", "detail", "status"], path);
    }
    assert.ok(logged.includes(secret));
  });
});

describe("T22: where the registry is", () => {
  it("is hidden from clients of the gateway, and invalid names are not looked up", async () => {
    await using gateways = new Gateways();
    const asked: string[] = [];
    gateways.registry.getService = async (name) => {
      asked.push(name);
      const cause = new Error("no such host");
      const detail = `get service "${name}": consul at 10.1.2.3:8500 says "secret"`;
      throw new MicroError("go.micro.registry", 400, detail, { cause });
    };
    const { address } = await gateways.open();
    const post = (service: string) => {
      const body = JSON.stringify({ service, method: "A.B", request: {} });
      const head = ["Content-Type: application/json", `Content-Length: ${body.length}`];
      return raw(address, rawRequest("POST", "/rpc", [`Host: ${address}`, ...head], body), 10_000);
    };
    const answers = [
      await post("away"),
      await raw(address, rawRequest("GET", "/away/a/b", [`Host: ${address}`]), 10_000),
    ];
    for (const { status, body } of answers) {
      assert.ok(status >= 400);
      assert.doesNotMatch(body, /10\.1\.2\.3|secret|consul/);
    }
    assert.ok(asked.length > 0);
    asked.length = 0;
    for (const name of ["a\r\nb", "../v1/kv/x", "a//b"]) assert.equal((await post(name)).status, 404, name);
    assert.deepEqual(asked, []);
  });
});
