import assert from "node:assert/strict";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { describe, it } from "node:test";
import { agent } from "../../src/agent/index.js";
import type { Service } from "../../src/core/service.js";
import { openRegistry } from "../../src/registry/index.js";
import type { Registry } from "../../src/registry/registry.js";
import { service } from "../../src/service/index.js";
import { openSocket } from "../sidecar/socket.js";
import { ask } from "../support/ask.js";
import { freePort } from "../support/free-port.js";
import { needs } from "../support/needs.js";
import { type Running, start } from "../support/programs/process.js";
import { startConsul } from "../support/servers/consul.js";

const program = new URL("../support/programs/sidecar-program.ts", import.meta.url).pathname;
const MiB = 1024 * 1024;

/** A sidecar in a process of its own, ready. */
async function startSidecar(env: NodeJS.ProcessEnv = {}): Promise<{ running: Running; url: string }> {
  const running = start(process.execPath, ["--import", "tsx", program], {
    env: { NODE_ENV: "test", ...env },
  });
  const [, address] = await running.output(/ready (\S+)/);
  return { running, url: `http://${address}` };
}

/** Resident memory of the sidecar, once it stops shrinking. */
async function memory(url: string): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 3; i++) {
    const { text } = await ask(url, "GET", "/metrics");
    least = Math.min(least, Number(/^process_resident_memory_bytes (\S+)/m.exec(text)?.[1]));
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return least;
}

async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const end = performance.now() + 20_000;
  while (performance.now() < end) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return assert.fail(`not seen: ${what}`);
}

const nodesOf = async (registry: Registry) => {
  const versions = await registry.getService("foo.app").catch(() => []);
  return versions.flatMap(({ nodes }) => nodes);
};

describe("a sidecar under faults", () => {
  it("R16: registers its application again after SIGKILL and after SIGTERM, which lets calls under way finish", async (t) => {
    await using consul = await agent({ address: "127.0.0.1:0" });
    await using registry = await openRegistry("consul", { addresses: [consul.address] });
    await using slow = service({
      name: "go.micro.srv.slow",
      registry,
      broker: "memory",
      drainDelay: 0,
      argv: [],
      env: {},
    });
    let called = () => {};
    const calling = new Promise<void>((resolve) => {
      called = resolve;
    });
    let finish = () => {};
    slow.handle("Slow.Call", {}, async () => {
      called();
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      return { done: true };
    });
    await slow.start();
    let looks = 0;
    const app = createServer((_, response) => {
      looks++;
      response.end();
    });
    await new Promise<void>((resolve) => app.listen(0, "127.0.0.1", resolve));
    const { port } = app.address() as AddressInfo;
    const env = {
      SIDECAR_ADDRESS: `127.0.0.1:${await freePort()}`,
      REGISTRY: consul.address,
      APP_ADDRESS: `127.0.0.1:${port}`,
      APP_HEALTH: `http://127.0.0.1:${port}/`,
    };

    const first = await startSidecar(env);
    const [node] = await until("the application", async () =>
      (await nodesOf(registry)).length === 1 ? nodesOf(registry) : undefined,
    );
    await first.running.kill("SIGKILL");
    const second = await startSidecar(env);
    const restarted = performance.now();
    const before = looks;
    await until("a look after the restart", async () => (looks > before ? true : undefined));
    assert.deepEqual(await nodesOf(registry), [node]);
    t.diagnostic(
      `after SIGKILL: looked after again ${Math.round(performance.now() - restarted)} ms after its start`,
    );

    const call = ask(second.url, "POST", "/go.micro.srv.slow/Slow.Call", "{}");
    await calling;
    second.running.child.kill("SIGTERM");
    await until("the application gone", async () =>
      (await nodesOf(registry)).length === 0 ? true : undefined,
    );
    finish();
    assert.deepEqual((await call).json, { done: true });
    assert.equal(await second.running.exited(), 0);

    const third = await startSidecar(env);
    const started = performance.now();
    await until("the application", async () => ((await nodesOf(registry)).length === 1 ? true : undefined));
    t.diagnostic(
      `after SIGTERM: registered again ${Math.round(performance.now() - started)} ms after its start`,
    );
    await third.running.kill();
    app.closeAllConnections();
    app.close();
  });

  it(
    "puts back what was posted without a ttl when Consul lost its state, and nothing that was deregistered",
    needs("consul"),
    async (t) => {
      await using consul = await startConsul();
      const { running, url } = await startSidecar({ REGISTRY: consul.address });
      await using _running = running;
      await using registry = await openRegistry("consul", { addresses: [consul.address] });
      const ids = async () => (await nodesOf(registry)).map(({ id }) => id).sort();
      const entry = (...nodes: string[]) => ({
        name: "foo.app",
        version: "1",
        nodes: nodes.map((id) => ({ id, address: "10.0.0.1", port: 80, metadata: { a: "b" } })),
      });
      const post = async (query: string, body: object, method = "POST") =>
        assert.equal((await ask(url, method, `/registry${query}`, body)).code, 200);
      const seen = (...wanted: string[]) =>
        until(String(wanted), async () => (String(await ids()) === String(wanted) ? true : undefined));
      await post("", entry("a", "b", "here", "elsewhere", "short"));
      await post("?ttl=60s", entry("short"));
      await seen("a", "b", "elsewhere", "here", "short");
      await post("", entry("here"), "DELETE");
      await registry.deregister({ ...entry("elsewhere"), metadata: {}, endpoints: [] } as Service);
      await seen("a", "b", "short");
      const before = await registry.getService("foo.app");
      await consul.restart();
      const restarted = performance.now();
      await seen("a", "b");
      t.diagnostic(`put back ${Math.round(performance.now() - restarted)} ms after Consul answered`);
      const [after] = await registry.getService("foo.app");
      const lasting = before.flatMap((service) => service.nodes.filter(({ id }) => id !== "short"));
      assert.deepEqual(after?.nodes, lasting);
      await consul.restart();
      await seen("a", "b");
      await post("", entry("a", "b"), "DELETE");
      await seen();
      await consul.restart();
      await post("", entry("c"));
      await seen("c");
      await running.kill("SIGTERM");
      await seen("c");
    },
  );

  it("R15: 100 stalled subscribers cost at most 64 MB, are told of the gap, and the others get everything", async (t) => {
    const { running, url } = await startSidecar();
    await using _running = running;
    const body = "x".repeat(100_000);
    const publish = async (count: number) => {
      const times: number[] = [];
      for (let i = 0; i < count; i++) {
        const sent = performance.now();
        assert.equal((await ask(url, "POST", "/broker?topic=t", body)).code, 200);
        times.push(performance.now() - sent);
      }
      return times.sort((a, b) => a - b)[Math.floor(count * 0.99)] ?? 0;
    };
    await using healthy = await openSocket(`${url}/broker`, ["micro.broker.v1"]);
    await healthy.json();
    healthy.send('{"op":"subscribe","topic":"t"}');
    await healthy.json();
    const alone = await publish(50);
    const before = await memory(url);
    const stalled = await Promise.all(
      Array.from({ length: 100 }, async () => {
        const socket = await openSocket(`${url}/broker`, ["micro.broker.v1"]);
        await socket.json();
        socket.send('{"op":"subscribe","topic":"t"}');
        await socket.json();
        socket.stall();
        return socket;
      }),
    );
    await publish(100);
    const together = await publish(50);
    const grown = (await memory(url)) - before;
    t.diagnostic(
      `RSS +${(grown / MiB).toFixed(1)} MiB; p99 of publishing ${alone.toFixed(1)} → ${together.toFixed(1)} ms`,
    );
    assert.ok(grown <= 64 * MiB, `RSS grew by ${(grown / MiB).toFixed(1)} MiB`);
    for (let seq = 1; seq <= 200; seq++) assert.equal((await healthy.json()).seq, seq);
    const [one] = stalled;
    assert.ok(one);
    one.resume();
    let frame = await one.json();
    while (frame.op === "message") frame = await one.json();
    assert.equal(frame.op, "gap");
    assert.equal((await one.json()).seq, frame.to + 1);
    for (const socket of stalled) await socket[Symbol.asyncDispose]();
  });

  it("keeps its memory within 64 MB of idle under bodies of 200 MB, huge frames and slow clients, and serves the others", async (t) => {
    const { running, url } = await startSidecar();
    await using _running = running;
    await ask(url, "GET", "/registry");
    const before = await memory(url);
    const port = Number(new URL(url).port);
    const slow = Array.from({ length: 20 }, () => {
      const socket = connect(port, "127.0.0.1");
      socket.on("error", () => {});
      socket.write(`POST /rpc HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Length: 1000000\r\n\r\n{`);
      return socket;
    });
    for (const path of ["/rpc", "/registry", "/broker?topic=t", "/a/b", "/stream?service=a&method=b"])
      for (const chunked of [false, true])
        assert.equal(await flood(port, path, 200 * MiB, chunked), 413, path);
    const sockets = await Promise.all(Array.from({ length: 20 }, () => openSocket(`${url}/broker?topic=t`)));
    for (const socket of sockets) socket.send("x".repeat(2 * MiB));
    for (const socket of sockets) assert.equal((await socket.closed).code, 1009);
    assert.equal((await ask(url, "GET", "/registry")).code, 200);
    const grown = (await memory(url)) - before;
    t.diagnostic(`RSS +${(grown / MiB).toFixed(1)} MiB`);
    assert.ok(grown <= 64 * MiB, `RSS grew by ${(grown / MiB).toFixed(1)} MiB`);
    for (const socket of slow) socket.destroy();
  });
});

/** Sends a body of `size` bytes for as long as it is taken, and returns the status that is answered. */
function flood(port: number, path: string, size: number, chunked: boolean): Promise<number> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const chunk = Buffer.alloc(64 * 1024, "x");
    const framed = chunked ? Buffer.concat([Buffer.from("10000\r\n"), chunk, Buffer.from("\r\n")]) : chunk;
    const length = chunked ? "Transfer-Encoding: chunked" : `Content-Length: ${size}`;
    let text = "";
    let left = size;
    const write = () => {
      while (left > 0 && socket.writable) {
        left -= chunk.length;
        if (!socket.write(framed)) return;
      }
    };
    const answered = () => {
      socket.destroy();
      resolve(Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0));
    };
    socket.setEncoding("latin1").on("data", (data) => {
      text += data;
      answered();
    });
    socket
      .on("drain", write)
      .on("error", () => {})
      .on("close", answered);
    socket.write(
      `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: application/json\r\n${length}\r\n\r\n`,
    );
    write();
  });
}
