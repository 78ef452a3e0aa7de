import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { loggable } from "../../../src/core/log/loggable.js";

const secret = "s3cret-of-somebody";

describe("the fields of a log line", () => {
  it("contain no credentials, in any letter case and at any depth", () => {
    const names = ["authorization", "Cookie", "set-cookie", "Proxy-Authorization", "X-Consul-Token"];
    names.push(
      "x-micro-sidecar-token",
      "token",
      "password",
      "secret",
      "accessToken",
      "client_secret",
      "X-Api-Key",
    );
    const headers = Object.fromEntries(names.map((name) => [name, secret]));
    const err = Object.assign(new Error("failed"), {
      ...headers,
      config: { request: { headers, rawHeaders: Object.entries(headers).flat() } },
      pairs: Object.entries(headers),
      list: { "Set-Cookie": [secret, secret] },
    });
    const written = JSON.stringify(
      loggable({ err, headers, metadata: headers, request: { headers }, ...headers }),
    );
    assert.doesNotMatch(written, /s3cret/);
    for (const name of names) assert.ok(written.includes(`"${name}":"***"`), name);
  });

  it("contain no credentials in error texts", () => {
    for (const text of [
      `GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Basic ${secret}\r\nAccept: */*`,
      `{"cookie":"a=b; c=${secret}"}`,
      `refused Bearer ${secret}`,
      `GET /v1/kv?token=${secret}&a=b`,
      `redis://user:${secret}@127.0.0.1:6379`,
      `POST / HTTP/1.1\r\nX-Api-Key: ${secret}\r\n`,
      `https://metrics.test/v1?api-key=${secret}&a=b`,
      `{"user":"a","password":"a\\"${secret}"}`,
      `{"token": "${secret}", "n": 1}`,
      `{'client_secret': '${secret}'}`,
      `{"api-key":${JSON.stringify(secret)}}`,
      JSON.stringify({ body: JSON.stringify({ password: `a" ${secret}` }) }),
      JSON.stringify({ a: JSON.stringify({ b: JSON.stringify({ password: `a" ${secret}` }) }) }),
    ])
      for (const err of [text, new Error(text), new Error("outer", { cause: new Error(text) }), { text }])
        assert.doesNotMatch(JSON.stringify(loggable({ err })), /s3cret/, text);
  });

  it("keep the text around a secret", () => {
    assert.deepEqual(
      {
        ...loggable({
          text: '{"user":"ann","password":"x","n":1}',
          url: "http://a/?api-key=x&b=1",
          said: "a token",
        }),
      },
      { text: '{"user":"ann","password":"***","n":1}', url: "http://a/?api-key=***&b=1", said: "a token" },
    );
  });

  it("are otherwise unchanged", () => {
    const fields = {
      err: undefined,
      topic: "orders",
      n: 1,
      ok: true,
      nodes: ["a", "b"],
      at: new Date(0),
      none: null,
    };
    const written = JSON.parse(JSON.stringify(loggable(fields)));
    assert.deepEqual(written, {
      topic: "orders",
      n: 1,
      ok: true,
      nodes: ["a", "b"],
      at: "1970-01-01T00:00:00.000Z",
      none: null,
    });
    const err = new TypeError("no", { cause: new Error("why") });
    const { type, message, stack } = loggable({ err }).err as Record<string, string>;
    assert.deepEqual([type, message], ["TypeError", "no: why"]);
    assert.match(stack ?? "", /^TypeError: no\n {4}at [\s\S]*\ncaused by: Error: why\n {4}at /);
  });

  it("are bounded, however large or deep the thrown value is", () => {
    const long = "x".repeat(100_000);
    const wide = (depth: number): unknown =>
      depth === 0 ? long : Array.from({ length: 200 }, () => wide(depth - 1));
    const deep = new Proxy(
      {},
      {
        get: (_, name, self) => (name === "toJSON" ? undefined : self),
        ownKeys: () => ["a"],
        getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }),
      },
    );
    assert.equal(JSON.stringify(loggable({ err: deep })), '{"err":{"a":"[circular]"}}');
    assert.equal(JSON.stringify(loggable({ err: wide(2) })).length < 300_000, true);
    assert.ok(JSON.stringify(loggable({ err: new Uint8Array(1e6) })).length < 100);
  });
});
