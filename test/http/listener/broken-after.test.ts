import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect } from "node:net";
import { text } from "node:stream/consumers";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createPostServer } from "../../../src/broker/http/receiver/post-server.js";
import { parseAddress } from "../../../src/core/net/address.js";
import { httpServer } from "../../../src/http/server.js";
import { HttpTransport } from "../../../src/transport/http/transport.js";
import { rawRequest } from "../../support/bytes/raw-http.js";
import { Gateways } from "../../support/gateway.js";
import { openListeners } from "../../support/listeners.js";

/** Sends bytes, the rest of them once the first of an answer came, and reads until the server ends. */
async function ask(address: string, bytes: string, { later = "", half = false } = {}): Promise<string> {
  const socket = connect({ ...parseAddress(address), allowHalfOpen: true });
  socket.setTimeout(20_000, () => socket.destroy(new Error("no end")));
  socket.write(bytes, "latin1");
  if (later) socket.once("data", () => socket.write(later, "latin1"));
  else if (half) socket.end();
  const answer = await text(socket);
  socket.end();
  return answer;
}

function broken(address: string): string[] {
  const cut = rawRequest("GET", "/x", [`Host: ${address}`]).slice(0, 20);
  const length = rawRequest("GET", "/x", [`Host: ${address}`, "Content-Length: x"]);
  const body = rawRequest("POST", "/rpc", [`Host: ${address}`, "Transfer-Encoding: chunked"], "zz\r\n");
  return ["GARBAGE\r\n\r\n", length, body, cut];
}

/** The statuses of the answers on a connection. */
function statuses(answer: string): string[] {
  return [...answer.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status = ""]) => status);
}

describe("invalid data after a request", () => {
  it("leaves the answer to that alone, at every program", async () => {
    await using listeners = await openListeners();
    for (const [name, { address }] of listeners.all)
      for (const rest of broken(address).slice(0, 3)) {
        const good = rawRequest("GET", "/health/live", [`Host: ${address}`]);
        const answer = await ask(address, good + good + rest);
        assert.deepEqual(statuses(answer), ["200", "200"], `${name} ${rest} ${answer}`);
      }
  });

  it("leaves the answer of a method alone, read by either reader, half-closed or not", async () => {
    await using gateways = new Gateways();
    const slow = gateways.service("go.micro.api.slow");
    slow.handle("Slow.Call", {}, async () => {
      await sleep(30);
      return { body: "from the method" };
    });
    await gateways.run(slow);
    for (const fastFront of [true, false]) {
      const { address } = await gateways.open({ fastFront });
      const good = rawRequest("GET", "/slow/call", [`Host: ${address}`]);
      for (const rest of broken(address))
        for (const half of [true, false]) {
          if (!half && rest === broken(address).at(-1)) continue; // more of it may come
          const answer = await ask(address, good + rest, { half });
          assert.deepEqual(statuses(answer), ["200"], `${rest} ${half} ${answer}`);
          assert.match(answer, /Connection: close.*from the method/is);
        }
    }
  });

  it("is answered if no response is pending", async () => {
    await using listeners = await openListeners();
    for (const [name, { address }] of listeners.all) {
      const good = rawRequest("GET", "/health/live", [`Host: ${address}`]);
      const answer = await ask(address, good, { later: "GARBAGE\r\n\r\n" });
      assert.deepEqual(statuses(answer), ["200", "400"], name);
      assert.deepEqual(statuses(await ask(address, "GARBAGE\r\n\r\n")), ["400"], name);
    }
  });

  it("does not corrupt a streamed response, nor does a late body", async () => {
    const limits = { rateAfter: 50, bodyRate: 1000 };
    await using http = await httpServer({ name: "go.micro.test", address: "127.0.0.1:0", limits });
    http.app.get("/stream", async (_, reply) => {
      reply.hijack();
      reply.raw.write("first ");
      await sleep(300);
      reply.raw.end("last");
    });
    http.app.post("/body", async () => ({}));
    await http.listen();
    const { address } = http;
    const good = rawRequest("GET", "/stream", [`Host: ${address}`]);
    const headers = [`Host: ${address}`, "Content-Type: application/json", "Content-Length: 100"];
    const whole = "6\r\nfirst \r\n4\r\nlast\r\n0\r\n\r\n";
    for (const later of [...broken(address).slice(0, 3), rawRequest("POST", "/body", headers, "{")]) {
      const answer = await ask(address, good, { later });
      assert.equal(answer.slice(answer.indexOf("\r\n\r\n") + 4), whole, later);
    }
  });
});

describe("an upgrade after a request", () => {
  it("waits for the response to that request", async () => {
    await using http = await httpServer({ name: "go.micro.test", address: "127.0.0.1:0" });
    http.app.get("/slow", async () => {
      await sleep(30);
      return "slow";
    });
    await http.listen();
    const { address } = http;
    const good = rawRequest("GET", "/slow", [`Host: ${address}`]);
    for (const protocol of ["websocket", "h2c"]) {
      const headers = [`Host: ${address}`, "Connection: upgrade", `Upgrade: ${protocol}`];
      const answer = await ask(address, good + rawRequest("GET", "/nothing", headers), { half: true });
      assert.deepEqual(statuses(answer), ["200", protocol === "h2c" ? "404" : "400"], answer);
    }
  });
});

describe("invalid data after a call on the port of a service", () => {
  it("does not affect the reply", async () => {
    await using transport = new HttpTransport();
    const { address } = await transport.listen("127.0.0.1:0", {
      opensStream: () => false,
      stream: async () => {},
      async call(request) {
        await sleep(30);
        return request;
      },
    });
    const good = rawRequest("POST", "/", [`Host: ${address}`, "Content-Length: 5"], "reply");
    for (const rest of broken(address)) {
      const half = rest === broken(address).at(-1);
      const answer = await ask(address, good + good + rest, { half });
      assert.deepEqual(statuses(answer), ["200", "200"], `${rest} ${answer}`);
    }
    assert.deepEqual(statuses(await ask(address, good, { later: "GARBAGE\r\n\r\n" })), ["200", "400"]);
  });
});

describe("invalid data after a delivery to a subscriber", () => {
  it("leaves the answer to that alone", async () => {
    const receive = async () => {
      await sleep(30);
      return true;
    };
    const server = createPostServer(receive, { hosts: new Set() });
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo;
    const address = `127.0.0.1:${port}`;
    const envelope = '{"Header":{":topic":"t"},"Body":"e30="}';
    const headers = [`Host: ${address}`, `Content-Length: ${envelope.length}`];
    const good = rawRequest("POST", "/_sub?id=x", headers, envelope);
    try {
      assert.deepEqual(statuses(await ask(address, `${good}GARBAGE\r\n\r\n`)), ["200"]);
      assert.deepEqual(statuses(await ask(address, "GARBAGE\r\n\r\n")), ["400"]);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});
