import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { HttpServer } from "../../../src/http/listener/listener.js";
import { sidecar } from "../../../src/sidecar/index.js";
import { web } from "../../../src/web/index.js";
import { raw, rawRequest } from "../../support/bytes/raw-http.js";
import { Gateways } from "../../support/gateway.js";

const name = "go.micro.srv.greeter";
const call = JSON.stringify({ service: name, method: "Say.Hello", request: { name: "John" } });
const form = `service=${name}&method=Say.Hello&request=${encodeURIComponent('{"name":"John"}')}`;

/** Content types with which JSON is sent; none at the end, and what curl says of any data. */
const types = [
  "application/json",
  "application/json; charset=utf-8",
  "Application/JSON;charset=UTF-8",
  "text/json",
  "application/vnd.api+json",
  "application/problem+json; charset=utf-8",
  "application/x-www-form-urlencoded",
  "text/plain",
  "application/octet-stream",
  "",
];
const isJson = (type: string) => /json/i.test(type);

describe("the body of /rpc, on every program", () => {
  const gateways = new Gateways();
  const programs = new Map<string, HttpServer>();

  before(async () => {
    const greeter = gateways.service(name);
    greeter.handle("Say.Hello", {}, async (request) => ({
      msg: `Hello ${(request as { name: string }).name}`,
    }));
    await gateways.run(greeter);
    const address = "127.0.0.1:0";
    programs.set("api", await gateways.open());
    programs.set("api without the fast front", await gateways.open({ fastFront: false }));
    programs.set("sidecar", await sidecar(gateways.service("go.micro.sidecar"), { address }));
    programs.set("web", await web(gateways.service("go.micro.web"), { address }));
  });
  after(async () => {
    for (const http of programs.values()) await http.close();
    await gateways[Symbol.asyncDispose]();
  });

  async function post(http: HttpServer, body: string, type: string, more: readonly string[] = []) {
    const given = type === "" ? [] : [`Content-Type: ${type}`];
    const headers = [`Host: ${http.address}`, ...given, ...more, `Content-Length: ${body.length}`];
    return raw(http.address, rawRequest("POST", "/rpc", headers, body), 10_000);
  }

  it("is JSON by any of its types, and by its first byte whatever the type says", async () => {
    for (const [program, http] of programs)
      for (const type of types)
        for (const body of [call, ` \n${call}`]) {
          const answer = await post(http, body, type);
          assert.deepEqual(
            [answer.status, answer.body],
            [200, '{"msg":"Hello John"}'],
            `${program} "${type}"`,
          );
        }
  });

  it("is a form else", async () => {
    for (const [program, http] of programs) {
      const answer = await post(http, form, "application/x-www-form-urlencoded");
      assert.deepEqual([answer.status, answer.body], [200, '{"msg":"Hello John"}'], program);
      assert.equal((await post(http, form, "application/json")).status, 400, program);
    }
  });

  it("must be named JSON by a browser, whose page could send anything else unasked", async () => {
    for (const [program, http] of programs)
      for (const type of types) {
        const { status } = await post(http, call, type, [`Origin: http://${http.address}`]);
        assert.equal(status, isJson(type) ? 200 : 415, `${program} "${type}"`);
        const foreign = await post(http, call, type, ["Origin: http://evil.test"]);
        assert.equal(foreign.status, 403, `${program} "${type}"`);
      }
  });

  it("is counted as /rpc also where it is refused before it is read", async () => {
    for (const program of ["api", "api without the fast front"]) {
      const http = programs.get(program);
      assert.ok(http);
      const refused = await post(http, call, "application/json", ["Content-Encoding: gzip"]);
      assert.equal(refused.status, 415, program);
      const metrics = await raw(http.address, rawRequest("GET", "/metrics", [`Host: ${http.address}`]));
      const counted = /micro_http_requests_total\{target="rpc",method="POST",code="415"\} [1-9]/;
      assert.match(metrics.body, counted, program);
    }
  });
});
