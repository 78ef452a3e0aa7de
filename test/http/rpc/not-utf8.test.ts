import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { openCodec } from "../../../src/codec/index.js";
import type { HttpServer } from "../../../src/http/listener/listener.js";
import { oneLine } from "../../../src/http/stream/event-stream.js";
import { sidecar } from "../../../src/sidecar/index.js";
import { web } from "../../../src/web/index.js";
import { raw } from "../../support/bytes/raw-http.js";
import { Gateways } from "../../support/gateway.js";

const name = "go.micro.srv.greeter";
const form = "application/x-www-form-urlencoded";
const json = "application/json";

/** A body of latin1 text: what is beyond ASCII in it is not UTF-8. */
const bytes = (text: string) => Buffer.from(text, "latin1");
const call = (request: string) => `{"service":"${name}","method":"Say.Hello","request":${request}}`;

/** Bodies of /rpc, by content type. */
const bodies: readonly (readonly [type: string, body: string])[] = [
  [json, call('{"name":"a\xffb"}')],
  [json, call('"{\\"name\\":\\"a\xffb\\"}"')],
  [json, call('{"\xff":1}')],
  [json, `{"service":"${name}\xff","method":"Say.Hello","request":{}}`],
  [json, `{"other":"\xff",${call("{}").slice(1)}`],
  ["text/plain", call('{"name":"\xc3"}')],
  [form, `service=${name}&method=Say.Hello&request={"name":"\xff"}`],
  [form, `service=${name}&method=Say.Hello&request={"name":"%ff"}`],
];

describe("a call whose bytes are not UTF-8, on every program", () => {
  const gateways = new Gateways();
  const programs = new Map<string, HttpServer>();
  const heard: unknown[] = [];

  before(async () => {
    const greeter = gateways.service(name);
    const echo = async (request: unknown) => {
      heard.push(request);
      return request as object;
    };
    greeter.handle("Say.Hello", { metadata: { path: "/hello", handler: "rpc" } }, echo);
    await gateways.run(greeter);
    const behindGateway = gateways.service("go.micro.api.greeter");
    behindGateway.handle("Say.Hello", {}, echo);
    await gateways.run(behindGateway);
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

  async function post({ address }: HttpServer, path: string, type: string, body: string) {
    const head = [`POST ${path} HTTP/1.1`, `Host: ${address}`, `Content-Type: ${type}`];
    return raw(
      address,
      bytes(`${[...head, `Content-Length: ${body.length}`, "", body].join("\r\n")}`),
      10_000,
    );
  }

  it("is 400 at /rpc, and reaches no handler", async () => {
    heard.length = 0;
    for (const [program, http] of programs)
      for (const [type, body] of bodies) {
        const { status, body: answer } = await post(http, "/rpc", type, body);
        assert.equal(status, 400, `${program} ${body}: ${answer}`);
        assert.match(JSON.parse(answer).detail, /not UTF-8/, `${program} ${body}`);
      }
    assert.deepEqual(heard, []);
  });

  it("is taken where the bytes are UTF-8, U+FFFD itself among them", async () => {
    for (const [program, http] of programs) {
      const sent = Buffer.from(call('{"name":"\ufffdü😀"}')).toString("latin1");
      const { status, body } = await post(http, "/rpc", json, sent);
      assert.deepEqual([status, body], [200, '{"name":"\ufffdü😀"}'], program);
    }
  });

  it("is 400 in the query and the body of a declared route, which the gateway hands on as it is", async () => {
    const http = programs.get("api");
    assert.ok(http);
    heard.length = 0;
    for (const [path, type, body] of [
      ["/hello", json, '{"name":"\xff"}'],
      ["/hello?a=1", json, '{"name":"\xff"}'],
      ["/hello?name=%ff", json, "{}"],
      ["/hello", form, "name=\xff"],
      ["/hello", form, "name=%ff"],
    ] as const) {
      const { status, body: answer } = await post(http, path, type, body);
      assert.equal(status, 400, `${path} ${body}: ${answer}`);
      assert.match(JSON.parse(answer).detail, /not UTF-8/);
    }
    assert.deepEqual(heard, []);
  });

  it("is 400 in the query and the form of an api.Request", async () => {
    const http = programs.get("api");
    assert.ok(http);
    for (const [path, body] of [
      ["/greeter/say/hello?name=%ff", "a=1"],
      ["/greeter/say/hello", "name=\xff"],
      ["/greeter/say/hello", "name=%ff"],
    ] as const) {
      const { status, body: answer } = await post(http, path, form, body);
      assert.equal(status, 400, `${path} ${body}: ${answer}`);
      assert.match(JSON.parse(answer).detail, /not UTF-8/);
    }
  });
});

describe("JSON that is not UTF-8", () => {
  it("is refused by the codec, and is no message of a stream of text", async () => {
    const codec = await openCodec("json");
    const wrong = bytes('{"name":"\xff"}');
    assert.throws(() => codec.decode(wrong), { code: 400, detail: "parse JSON: not UTF-8" });
    assert.deepEqual(codec.decode(Buffer.from('{"name":"\ufffd"}')), { name: "\ufffd" });
    assert.throws(() => oneLine(wrong), { code: 502 });
    assert.equal(oneLine(Buffer.from('{"name":"\ufffd"}')), '{"name":"\ufffd"}');
  });
});
