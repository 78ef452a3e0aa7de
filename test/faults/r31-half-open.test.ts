import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, describe, it } from "node:test";
import { WebSocket } from "ws";
import type { Broker } from "../../src/broker/broker.js";
import { HttpBroker } from "../../src/broker/http/http.js";
import { openBroker } from "../../src/broker/index.js";
import { SidecarBroker } from "../../src/cli/sidecar/broker.js";
import { SidecarHttp } from "../../src/cli/sidecar/http.js";
import { SidecarRegistry } from "../../src/cli/sidecar/registry.js";
import { MicroError } from "../../src/core/errors.js";
import { openRegistry, type Registry } from "../../src/registry/index.js";
import { MemoryRegistry } from "../../src/registry/memory/memory.js";
import { service } from "../../src/service/index.js";
import { sidecar } from "../../src/sidecar/index.js";
import { eventually } from "../../src/testing/eventually.js";
import { FaultProxy } from "../../src/testing/faults/fault-proxy.js";
import { HttpTransport } from "../../src/transport/http/transport.js";
import { MuxConnection } from "../../src/transport/mux/calls/connection.js";
import { mux } from "../../src/transport/mux/mux.js";
import type { TransportHandler } from "../../src/transport/transport.js";
import { Dashboards } from "../support/dashboard.js";
import { freePort } from "../support/free-port.js";
import { echo, Gate, message, text } from "../support/mux.js";
import { needs } from "../support/needs.js";
import { openBrowser } from "../support/programs/browser.js";
import { startConsul } from "../support/servers/consul.js";
import { startEtcd } from "../support/servers/etcd.js";
import { startNats } from "../support/servers/nats.js";
import { startRedis } from "../support/servers/redis.js";

type Server = AsyncDisposable & { readonly address: string };

/** Milliseconds of R31, under default settings, and two seconds to connect anew. */
const noticed = 32_000;
/** Milliseconds after that in which what no subscriber acknowledged comes again: `defaultAckWait` and a look. */
const delivered = 35_000;

/** A server, and the proxy before it whose open connections go half-open. */
function behindProxy(open: () => Promise<Server>) {
  let server: Server;
  let proxy: FaultProxy;
  before(async () => {
    server = await open();
    proxy = await new FaultProxy(server.address).open();
  });
  after(async () => {
    await proxy?.close();
    await server?.[Symbol.asyncDispose]();
  });
  return { proxy: () => proxy, server: () => server };
}

// All side by side: each waits for half a minute, and does next to nothing.
describe("R31: a connection that goes half-open", { concurrency: true }, () => {
  const lasting = (address: string) => `${address}?at_least_once=true`;
  broker("redis", "under a subscription of redis", needs("redis-server"), startRedis);
  broker("redis", "under a subscription of redis with streams", needs("redis-server"), startRedis, (at) =>
    lasting(`redis://${at}`),
  );
  broker("nats", "under a subscription of nats", needs("nats-server"), startNats);
  broker("nats", "under a subscription of nats with JetStream", needs("nats-server"), startNats, (at) =>
    lasting(`nats://${at}`),
  );

  function broker(
    name: string,
    title: string,
    options: { skip: string | false },
    open: () => Promise<Server>,
    url = (address: string) => address,
  ): void {
    describe(title, options, () => {
      const { proxy, server } = behindProxy(open);
      it("is noticed within 30 s, and nothing is lost where it is at least once", async () => {
        await using far = await openBroker(name, { addresses: [url(proxy().address)] });
        await using near = await openBroker(name, { addresses: [url(server().address)] });
        await hearsAgain(far, near, proxy(), { keeps: url("") !== "" });
      });
    });
  }

  watch("consul", "under a watch of consul", needs("consul"), startConsul);
  watch("etcd", "under a watch of etcd", needs("etcd"), startEtcd);

  function watch(
    name: string,
    title: string,
    options: { skip: string | false },
    open: () => Promise<Server>,
  ): void {
    describe(title, options, () => {
      const { proxy, server } = behindProxy(open);
      it("is noticed within 30 s", async () => {
        await using far = await openRegistry(name, { addresses: [proxy().address] });
        await using near = await openRegistry(name, { addresses: [server().address] });
        await seesAgain(far, near, proxy());
      });
    });
  }

  it("is noticed and made anew between two http brokers", async () => {
    await using registry = new MemoryRegistry();
    const address = `127.0.0.1:${await freePort()}`;
    await using proxy = await new FaultProxy(address).open();
    await using subscriber = new HttpBroker({ registry, address, advertise: proxy.address });
    await using publisher = new HttpBroker({ registry });
    await hearsAgain(subscriber, publisher, proxy, { keeps: false });
  });

  it("is noticed and made anew by a subscriber through a sidecar", async () => {
    await using rig = await sidecarOf();
    await using proxy = await new FaultProxy(rig.address).open();
    await using far = new SidecarBroker(new SidecarHttp({ address: proxy.address }));
    await hearsAgain(far, rig.broker, proxy, { keeps: false });
  });

  it("is noticed and made anew by a watch through a sidecar", async () => {
    await using rig = await sidecarOf();
    await using proxy = await new FaultProxy(rig.address).open();
    await using far = new SidecarRegistry(new SidecarHttp({ address: proxy.address }));
    await seesAgain(far, rig.registry, proxy);
  });

  it("is noticed by a sidecar at its WebSockets", async () => {
    await using rig = await sidecarOf();
    await endsSilent(`ws://${rig.address}/broker?topic=half-open`);
  });

  it("is noticed by a dashboard at its WebSockets", async () => {
    await using dashboards = new Dashboards();
    const http = await dashboards.open();
    await endsSilent(`ws://${http.address}/events`);
  });

  it("is noticed and made anew by a page of the dashboard", needs("chromium"), async () => {
    await using dashboards = new Dashboards();
    const address = `127.0.0.1:${await freePort()}`;
    await using proxy = await new FaultProxy(address).open();
    await dashboards.open({ address, allowedHosts: [proxy.address] });
    await using browser = await openBrowser();
    const page = await browser.newPage();
    await page.goto(`http://${proxy.address}/registry`);
    const row = (name: string) => page.getByRole("row", { name });
    await dashboards.service("half-open.before").start();
    await row("half-open.before").waitFor({ timeout: 10_000 });
    proxy.strand();
    await dashboards.service("half-open.after").start();
    await row("half-open.after").waitFor({ timeout: noticed });
  });

  it("is noticed at both ends of a mux connection, under open streams, and dialled anew", async () => {
    await using transport = new HttpTransport({ upgrade: mux });
    const gone = new Gate<unknown>();
    const stream: TransportHandler["stream"] = async (opening, requests, inbound) => {
      await echo.stream(opening, requests, inbound).then(gone.open, gone.open);
    };
    const listener = await transport.listen("127.0.0.1:0", { ...echo, opensStream: () => true, stream });
    await using proxy = await new FaultProxy(listener.address).open();
    const connection = await transport.dial(proxy.address, { mux: true });
    assert.ok(connection instanceof MuxConnection);
    const replies = await connection.stream(message("opening"));
    await replies.send(message("hi"));
    const reading = replies[Symbol.asyncIterator]();
    assert.equal((await reading.next()).done, false);
    proxy.strand();
    // R11: 15 s, and two for a loaded machine
    const deadline = AbortSignal.timeout(17_000);
    const late = new Promise<never>((_, reject) =>
      deadline.addEventListener("abort", () => reject(deadline.reason)),
    );
    await assert.rejects(Promise.race([reading.next(), late]), { code: 503, detail: /no sign of life/ });
    assert.ok((await Promise.race([gone.opened, late])) instanceof MicroError);
    const fresh = await transport.dial(proxy.address, { mux: true });
    assert.equal(text(await fresh.call(message("again"))), "again");
  });

  it("is noticed and made anew under calls over NATS", needs("nats-server"), async () => {
    await using server = await startNats();
    await using proxy = await new FaultProxy(server.address).open();
    const registry = new MemoryRegistry();
    const options = {
      registry,
      broker: "memory",
      transport: "nats",
      argv: [],
      env: {},
      drainDelay: 0,
    } as const;
    await using greeter = service({ ...options, name: "half-open.nats", transportAddress: [proxy.address] });
    greeter.handle("Say.Hello", {}, async () => ({ msg: "hello" }));
    await greeter.start();
    await using caller = service({ ...options, name: "caller", transportAddress: [server.address] });
    const call = () => caller.client.call("half-open.nats", "Say.Hello", {}, { timeout: 1000 });
    await call();
    proxy.strand();
    await eventually(call, noticed);
  });
});

/** Opens a WebSocket that answers no ping, and waits until the server ends it. */
async function endsSilent(url: string): Promise<void> {
  const socket = new WebSocket(url, { autoPong: false });
  await once(socket, "open");
  const [code] = await once(socket, "close", { signal: AbortSignal.timeout(noticed) });
  assert.equal(code, 1006);
}

/** A sidecar with a broker in memory. */
async function sidecarOf() {
  const broker = await openBroker("memory", {});
  const registry = new MemoryRegistry();
  const own = service({ name: "go.micro.sidecar", registry, broker, argv: [], env: {}, drainDelay: 0 });
  const http = await sidecar(own, { address: "127.0.0.1:0", allowedHosts: ["127.0.0.1"] });
  return {
    broker,
    registry,
    address: http.address,
    async [Symbol.asyncDispose]() {
      await http.close();
      await own.close();
      await broker.close();
    },
  };
}

/** Strands the connections of `far`, publishes by `near`, and waits until that arrives: all of it, or what came after. */
async function hearsAgain(far: Broker, near: Broker, proxy: FaultProxy, { keeps }: { keeps: boolean }) {
  const heard = new Set<string>();
  await using _subscription = await far.subscribe("half-open", async ({ message, ack }) => {
    heard.add(Buffer.from(message.body).toString());
    await ack();
  });
  const publish = (text: string) => near.publish("half-open", { header: {}, body: Buffer.from(text) });
  await publish("before");
  await eventually(() => assert.equal(heard.has("before"), true, "heard before"));
  proxy.strand();
  await publish("meanwhile").catch(() => undefined);
  let count = 0;
  await eventually(async () => {
    await publish(`after ${count++}`).catch(() => undefined);
    assert.equal(
      [...heard].some((text) => text.startsWith("after")),
      true,
      "heard after",
    );
  }, noticed);
  if (keeps) await eventually(() => assert.equal(heard.has("meanwhile"), true, "nothing lost"), delivered);
  else assert.equal(heard.has("meanwhile"), false, "the connection was stranded");
}

async function seesAgain(far: Registry, near: Registry, proxy: FaultProxy) {
  const seen = new Set<string>();
  const stop = new AbortController();
  const watching = (async () => {
    for await (const { service: changed } of far.watch({ service: "half-open", signal: stop.signal }))
      seen.add(changed.version);
  })();
  const register = (version: string) =>
    near.register({
      name: "half-open",
      version,
      metadata: {},
      endpoints: [],
      nodes: [{ id: `half-open-${version}`, address: "127.0.0.1", port: 80, metadata: {} }],
    });
  await register("1");
  await eventually(() => assert.equal(seen.has("1"), true, "seen before"));
  // Until the query after that one waits.
  await new Promise((resolve) => setTimeout(resolve, 1000));
  proxy.strand();
  await register("2");
  await eventually(() => assert.equal(seen.has("2"), true, "seen after"), noticed);
  stop.abort();
  await watching;
}
