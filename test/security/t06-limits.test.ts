import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { describe, it } from "node:test";
import { defaultLimits } from "../../src/http/limits.js";
import { raw, rawRequest } from "../support/bytes/raw-http.js";
import { counted, openListeners } from "../support/listeners.js";

const json = "Content-Type: application/json";

function bodyOf(size: number): string {
  const frame = '{"service":"nobody","method":"A.B","request":""}';
  return frame.replace('""', `"${"x".repeat(size - frame.length)}"`);
}

describe("T5, T6: limits of input", () => {
  it("accepts a body up to the limit, and answers 413 to one byte more, sized or chunked", async () => {
    await using listeners = await openListeners();
    for (const [name, { address }] of listeners.all) {
      if (name === "shared") continue;
      const host = `Host: ${address}`;
      const send = async (size: number) => {
        const head = rawRequest("POST", "/rpc", [host, json, `Content-Length: ${size}`]);
        return (await raw(address, head + bodyOf(size), 20_000)).status;
      };
      assert.notEqual(await send(defaultLimits.body), 413, name);
      assert.equal(await send(defaultLimits.body + 1), 413, name);
      const size = defaultLimits.body + 1;
      const chunked = `${rawRequest("POST", "/rpc", [host, json, "Transfer-Encoding: chunked"])}${size.toString(16)}\r\n`;
      assert.equal((await raw(address, `${chunked}${bodyOf(size)}\r\n0\r\n\r\n`, 20_000)).status, 413, name);
    }
  });

  it("refuses a body by its declared length before it is sent", async () => {
    await using listeners = await openListeners();
    for (const [name, { address }] of listeners.all) {
      const path = name === "shared" ? "/counted" : "/rpc";
      const head = rawRequest("POST", path, [`Host: ${address}`, json, "Content-Length: 99999999999"]);
      assert.equal((await raw(address, head)).status, 413, name);
    }
  });

  it("refuses compressed bodies, so that none can expand", async () => {
    await using listeners = await openListeners();
    for (const [name, { address }] of listeners.all) {
      const path = name === "shared" ? "/counted" : "/rpc";
      const headers = [`Host: ${address}`, json, "Content-Encoding: gzip", "Content-Length: 2"];
      assert.equal((await raw(address, rawRequest("POST", path, headers, "{}"))).status, 415, name);
    }
  });

  it("answers 414 to a URL and 431 to headers over their limits", async () => {
    await using listeners = await openListeners();
    for (const [name, { address }] of listeners.all) {
      const url = (length: number) => `/health/live?${"x".repeat(length - "/health/live?".length)}`;
      const host = `Host: ${address}`;
      const status = async (path: string, ...headers: string[]) =>
        (await raw(address, rawRequest("GET", path, [host, ...headers]))).status;
      assert.equal(await status(url(defaultLimits.url)), 200, name);
      assert.equal(await status(url(defaultLimits.url + 1)), 414, name);
      assert.equal(await status("/health/live", `X-A: ${"x".repeat(15_000)}`), 200, name);
      assert.equal(await status("/health/live", `X-A: ${"x".repeat(17_000)}`), 431, name);
    }
  });

  it("answers 503 with Retry-After beyond the connections of one client, and serves the others on", async () => {
    await using http = await counted({ count: 0 }, { limits: { connectionsPerClient: 20 } });
    const port = Number(http.address.split(":")[1]);
    const held: Socket[] = [];
    for (let i = 0; i < 20; i++) {
      const socket = connect({ host: "127.0.0.1", port });
      await once(socket, "connect");
      held.push(socket);
    }
    const get = rawRequest("GET", "/health/live", [`Host: ${http.address}`]);
    const refused = await raw(http.address, get);
    assert.equal(refused.status, 503);
    assert.match(refused.head, /retry-after: \d/i);
    const other = connect({ host: "127.0.0.1", port, localAddress: "127.0.0.2" });
    other.write(get);
    const [answer] = await once(other, "data");
    assert.match(String(answer), /^HTTP\/1\.1 200/);
    for (const socket of [...held, other]) socket.destroy();
  });

  it("bounds the connections of a trusted proxy, which stands for many clients, by their total alone", async () => {
    const limits = { connectionsPerClient: 2, connections: 6 };
    await using http = await counted({ count: 0 }, { limits, trustedProxies: ["127.0.0.0/30"] });
    const port = Number(http.address.split(":")[1]);
    const get = rawRequest("GET", "/health/live", [`Host: ${http.address}`]);
    const from = async (localAddress: string) => {
      const socket = connect({ host: "127.0.0.1", port, localAddress });
      socket.write(get);
      const [answer] = await once(socket, "data");
      return { socket, status: Number(/^HTTP\/1\.1 (\d+)/.exec(String(answer))?.[1]) };
    };
    const held = [];
    const places = [
      "127.0.0.1",
      "127.0.0.1",
      "127.0.0.1",
      "127.0.0.9",
      "127.0.0.9",
      "127.0.0.9",
      "127.0.0.2",
    ];
    for (const place of [...places, "127.0.0.1"]) held.push(await from(place));
    assert.deepEqual(
      held.map(({ status }) => status),
      [200, 200, 200, 200, 200, 503, 200, 503],
    );
    for (const { socket } of held) socket.destroy();
  });

  it("answers 400 or 413 to JSON that is too deep, and goes on", async () => {
    await using listeners = await openListeners();
    for (const [name, { address }] of listeners.all) {
      if (name === "shared") continue;
      for (const depth of [70, 100_000]) {
        const body = `{"service":"a","method":"A.B","request":${"[".repeat(depth)}${"]".repeat(depth)}}`;
        const [method, path] = name === "agent" ? ["PUT", "/v1/agent/service/register"] : ["POST", "/rpc"];
        const head = rawRequest(method, path, [`Host: ${address}`, json, `Content-Length: ${body.length}`]);
        const { status } = await raw(address, head + body, 10_000);
        assert.ok(status === 413 || (name === "agent" && status === 400), `${name} ${depth}: ${status}`);
      }
    }
  });

  it("limits the requests of one client per second if configured", async () => {
    await using http = await counted({ count: 0 }, { requestsPerSecond: 1 });
    const get = rawRequest("GET", "/counted", [`Host: ${http.address}`]);
    const answers = await Promise.all(Array.from({ length: 30 }, () => raw(http.address, get)));
    const refused = answers.filter(({ status }) => status === 429);
    assert.ok(refused.length >= 5, `${refused.length}`);
    assert.match(refused[0]?.head ?? "", /retry-after/i);
  });
});
