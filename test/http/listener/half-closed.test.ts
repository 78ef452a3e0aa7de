import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { text } from "node:stream/consumers";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { parseAddress } from "../../../src/core/net/address.js";
import { rawRequest } from "../../support/bytes/raw-http.js";
import { Gateways } from "../../support/gateway.js";
import { openListeners } from "../../support/listeners.js";

/** Sends bytes and the end of all that is sent, as `nc -N` does; resolves with all that comes until the server ends too. */
async function halfClosed(address: string, bytes: string): Promise<string> {
  const socket = connect({ ...parseAddress(address), allowHalfOpen: true });
  socket.setTimeout(20_000, () => socket.destroy(new Error("no end")));
  socket.end(bytes, "latin1");
  return text(socket);
}

/** The same for `first`, and, while that is answered, for `rest` and the end. */
async function halfClosedLater(address: string, first: string, rest: string, slow: Slow): Promise<string> {
  const socket = connect({ ...parseAddress(address), allowHalfOpen: true });
  socket.setTimeout(20_000, () => socket.destroy(new Error("no end")));
  const begun = slow.begun();
  socket.write(first, "latin1");
  await begun;
  socket.end(rest, "latin1");
  await once(socket, "finish");
  await sleep(50); // for the end to arrive
  slow.answer();
  return text(socket);
}

/** A method that answers when it is told to, and from then on at once. */
class Slow {
  readonly calls: unknown[] = [];
  readonly #told = new EventEmitter();
  #free: Promise<unknown> | undefined;

  begun(): Promise<unknown> {
    this.#free = once(this.#told, "answer");
    return once(this.#told, "begun");
  }

  answer(): void {
    this.#told.emit("answer");
  }

  async handle(request: unknown): Promise<unknown> {
    this.calls.push(request);
    this.#told.emit("begun");
    await this.#free;
    return { body: `answer ${this.calls.length}` };
  }
}

/** The forms in which such clients ask. */
function forms(method: string, path: string, address: string, body = ""): string[] {
  const headers = [`Host: ${address}`, ...(body ? ["Content-Type: application/json"] : [])];
  if (body) headers.push(`Content-Length: ${body.length}`);
  const plain = rawRequest(method, path, headers, body);
  const closing = rawRequest(method, path, [...headers, "Connection: close"], body);
  return [plain, closing, plain.replace("HTTP/1.1", "HTTP/1.0")];
}

async function withBackend(run: (gateways: Gateways, left: { count: number }) => Promise<void>) {
  const left = { count: 0 };
  const backend = createServer(async (request, response) => {
    response.once("close", () => {
      if (!response.writableFinished) left.count++;
    });
    if (request.url === "/app/never") return;
    await sleep(30);
    response.end("from the backend");
  });
  await once(backend.listen(0, "127.0.0.1"), "listening");
  await using gateways = new Gateways();
  const advertise = `127.0.0.1:${(backend.address() as AddressInfo).port}`;
  const app = gateways.service("go.micro.api.app", { advertise, metadata: { handler: "proxy" } });
  await gateways.run(app);
  const slow = gateways.service("go.micro.api.slow");
  slow.handle("Slow.Call", {}, async () => {
    await sleep(30);
    return { body: "from the method" };
  });
  await gateways.run(slow);
  try {
    await run(gateways, left);
  } finally {
    backend.closeAllConnections();
    backend.close();
  }
}

describe("a client that has closed its sending side", () => {
  it("gets its response from every program", async () => {
    await using listeners = await openListeners();
    for (const [name, { address }] of listeners.all)
      for (const form of forms("GET", "/health/ready", address)) {
        const answer = await halfClosed(address, form);
        assert.match(answer, /^HTTP\/1\.1 (?:200|503) .*\r\n\r\n./s, `${name} ${form}`);
      }
  });

  it("gets what methods and backends answer later, read by either reader", async () => {
    await withBackend(async (gateways) => {
      for (const fastFront of [true, false]) {
        const { address } = await gateways.open({ fastFront });
        const body = '{"service":"go.micro.api.slow","method":"Slow.Call","request":{}}';
        const asked = [
          ...forms("GET", "/slow/call", address),
          ...forms("GET", "/app/x", address),
          ...forms("POST", "/app/x", address, "{}"),
          ...forms("POST", "/rpc", address, body),
        ];
        for (const form of asked) {
          const answer = await halfClosed(address, form);
          assert.match(answer, /^HTTP\/1\.1 200 .*from the (?:backend|method)/s, form);
        }
      }
    });
  });

  it("gets the answers to all that it sent at once", async () => {
    await withBackend(async (gateways) => {
      const { address } = await gateways.open();
      const [plain = ""] = forms("GET", "/slow/call", address);
      const answers = await halfClosed(address, plain.repeat(3));
      assert.equal(answers.match(/from the method/g)?.length, 3);
    });
  });

  it("gets the answers to all that it sent behind a request that is being answered", async () => {
    await using gateways = new Gateways();
    const slow = new Slow();
    const service = gateways.service("go.micro.api.slow");
    service.handle("Slow.Call", {}, (request) => slow.handle(request));
    await gateways.run(service);
    for (const fastFront of [true, false]) {
      const { address } = await gateways.open({ fastFront });
      const [get = ""] = forms("GET", "/slow/call", address);
      const [post = ""] = forms("POST", "/slow/call", address, "{}");
      for (const [rest, whole] of [
        [get, 1],
        [get.repeat(2), 2],
        [post + get, 2],
        [get + post.slice(0, -1), 1],
        [post.slice(0, -1), 0],
        [get.slice(0, -2), 0],
      ] as const) {
        const before = slow.calls.length;
        const answers = await halfClosedLater(address, get, rest, slow);
        const statuses = [...answers.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status);
        if (statuses.length > whole + 1) assert.equal(statuses.pop(), "400"); // what was cut off
        assert.deepEqual(
          statuses,
          Array(whole + 1).fill("200"),
          `fast front ${fastFront}: ${rest}: ${answers}`,
        );
        assert.equal(slow.calls.length - before, whole + 1);
      }
    }
  });

  it("counts as gone when it receives nothing for a while", async () => {
    await withBackend(async (gateways, left) => {
      for (const fastFront of [true, false]) {
        const { address } = await gateways.open({ fastFront, limits: { halfClosed: 300 } });
        const before = left.count;
        const [plain = ""] = forms("GET", "/app/never", address);
        assert.equal(await halfClosed(address, plain), "");
        const end = performance.now() + 10_000;
        while (left.count === before && performance.now() < end) await sleep(5);
        assert.equal(left.count, before + 1);
      }
    });
  });
});
