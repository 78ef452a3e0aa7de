import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { request as httpRequest, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import { agent } from "../../../src/agent/index.js";
import type { Service } from "../../../src/core/service.js";
import { maxReply } from "../../../src/registry/consul/client/bounded-body.js";
import { CallFailure } from "../../../src/registry/consul/client/call-failure.js";
import type { ConsulAnswer } from "../../../src/registry/consul/client/connection.js";
import { consulSettings } from "../../../src/registry/consul/client/consul-settings.js";
import { OriginReader } from "../../../src/registry/consul/client/origin.js";
import { ConsulRegistry } from "../../../src/registry/consul/consul.js";
import { encodeTags } from "../../../src/registry/consul/entries/tags.js";
import { eventually } from "../../../src/testing/eventually.js";
import { selfSigned } from "../../support/certificates.js";
import { type FakeConsul, fakeConsul, sendRead } from "../../support/servers/consul-fake.js";

const unreachable = { code: 503, reason: "REGISTRY_UNREACHABLE" };

describe("the guard around the Consul client", () => {
  it("settles at once when a reply is truncated", async () => {
    await using consul = await fakeConsul((_, response) => {
      response.writeHead(200, { "content-length": "1000" });
      response.write("[{", () => response.destroy());
    });
    await using registry = open(consul);
    const started = performance.now();
    await assert.rejects(registry.getService("any"), unreachable);
    assert.ok(performance.now() - started < 1500, "sooner than the timeout");
  });

  it("stops reading a reply of more than 32 MiB", async () => {
    let sent = 0;
    await using consul = await fakeConsul((_, response) => {
      const chunk = Buffer.alloc(1024 * 1024, " ");
      const more = () => {
        while (sent < 8 * maxReply && !response.destroyed) {
          sent += chunk.length;
          if (!response.write(chunk)) return void response.once("drain", more);
        }
      };
      more();
    });
    await using registry = open(consul);
    await assert.rejects(registry.getService("any"), { ...unreachable, detail: /over 32 MiB/ });
    assert.ok(sent < 2 * maxReply, `${sent} bytes were taken`);
  });

  it("gives up on a Consul that does not answer after five seconds, and on abort at once", async () => {
    let closed = 0;
    await using consul = await fakeConsul((request) => {
      request.socket.once("close", () => {
        closed += 1;
      });
    });
    await using registry = open(consul);
    await assert.rejects(registry.getService("any"), { ...unreachable, detail: /no answer in 5000 ms/ });
    const reason = new Error("enough");
    const stop = new AbortController();
    const asked = registry.getService("any", { signal: stop.signal });
    await eventually(() => assert.equal(consul.requests.length, 2));
    stop.abort(reason);
    await assert.rejects(asked, reason);
    await eventually(() => assert.equal(closed, 2));
  });

  it("asks an agent for its name beside the first read, within two connections, and none of another machine", async () => {
    const connections = new Set();
    const named = new EventEmitter();
    const seen = once(named, "asked", { signal: AbortSignal.timeout(4000) });
    await using consul = await fakeConsul(({ socket }, response) => {
      connections.add(socket);
      void seen.then(() => sendRead(response, 1, []));
    });
    const self = consul.self;
    consul.self = (request, response) => {
      connections.add(request.socket);
      named.emit("asked");
      self(request, response);
    };
    await using registry = open(consul);
    await assert.rejects(registry.getService("any"), { code: 404 });
    await using busy = open(consul);
    const reads = Array.from({ length: 10 }, () => busy.getService("any"));
    for (const read of reads) await assert.rejects(read, { code: 404 });
    assert.ok(connections.size <= 4, `${connections.size} connections`);
    const never = () => Promise.reject(new Error("asked"));
    assert.deepEqual(await new OriginReader(false, never).read(), { node: undefined, local: false });
  });

  it("asks an agent for its name again that could not be asked for want of a file descriptor", async () => {
    const answers = [
      () => Promise.reject(new CallFailure(undefined, "EMFILE")),
      async () => ({ body: { Config: { NodeName: "here" } } }) as ConsulAnswer,
    ];
    const reader = new OriginReader(true, () => answers.shift()?.() ?? assert.fail("asked too often"));
    const [one, two] = await Promise.allSettled([reader.read(), reader.read()]);
    assert.deepEqual([one.status, two.status], ["rejected", "rejected"]);
    assert.deepEqual(await reader.read(), { node: "here", local: true });
    assert.deepEqual(await reader.read(), { node: "here", local: true });
  });

  it("reports that the process has no file descriptor left, and knows the agent's name once it has", async () => {
    const tags = encodeTags({ version: "1", metadata: {}, endpoints: [] });
    const Service = { Service: "a", ID: "a-1", Address: "127.0.0.1", Port: 1, Tags: tags };
    await using consul = await fakeConsul((_, response) =>
      sendRead(response, 1, [{ Node: { Node: "elsewhere" }, Service }]),
    );
    const [said, found] = await outOfFiles(`
      const registry = new ConsulRegistry({ addresses: ["${consul.address}"] }, {});
      const get = () => registry.getService("a").then(([{ nodes }]) => nodes[0].foreign, String);
    `);
    assert.match(
      said ?? "",
      /no connection to consul .*: this process has no file descriptor left \(EMFILE\)/,
    );
    assert.equal(found, "true");
  });

  it("asks no faster than once per 5 s after two, when Consul answers at once though nothing moved", async () => {
    await using consul = await fakeConsul((_, response) => sendRead(response, 7, []));
    await using registry = open(consul);
    const stop = new AbortController();
    const started = performance.now();
    const ended = drain(registry.watch({ service: "any", signal: stop.signal }));
    await eventually(() => assert.equal(consul.requests.length >= 2, true));
    await new Promise((resolve) => setTimeout(resolve, 500));
    const allowed = 4 + (performance.now() - started) / 1000;
    assert.ok(consul.requests.length <= allowed, `${consul.requests.length} requests`);
    stop.abort();
    await ended;
  });

  it("asks for news with the index and a wait, and again at once when there are some", async () => {
    let index = 1;
    await using consul = await fakeConsul((_, response) => {
      if (index < 20) sendRead(response, ++index, []);
    });
    await using registry = open(consul);
    const stop = new AbortController();
    const ended = drain(registry.watch({ service: "any", signal: stop.signal }));
    await eventually(() => assert.equal(consul.requests.length, 20));
    assert.equal(consul.requests[0], "GET /v1/health/service/any");
    assert.equal(consul.requests[1], "GET /v1/health/service/any?index=2&wait=20s");
    assert.equal(consul.requests[19], "GET /v1/health/service/any?index=20&wait=20s");
    stop.abort();
    await ended;
  });

  it("starts over when the index goes backwards", async () => {
    const indexes = [40, 12, 13, 13];
    await using consul = await fakeConsul((_, response) => {
      const index = indexes.shift();
      if (index !== undefined) sendRead(response, index, []);
    });
    await using registry = open(consul);
    const stop = new AbortController();
    const ended = drain(registry.watch({ service: "any", signal: stop.signal }));
    await eventually(() => assert.equal(consul.requests.length, 5));
    const queries = consul.requests.map((request) => request.split("?")[1] ?? "");
    // the one before the last: the pace made it pause, and Consul may have lost its state in that time
    assert.deepEqual(queries, ["", "index=40&wait=20s", "", "", "index=13&wait=20s"]);
    stop.abort();
    await ended;
  });

  it("asks no more than twenty times a second where the index moves all the time", async () => {
    let index = 1;
    await using consul = await fakeConsul((_, response) => sendRead(response, index++, []));
    await using registry = open(consul);
    const stop = new AbortController();
    const began = performance.now();
    const ended = drain(registry.watch({ service: "any", signal: stop.signal }));
    await eventually(() => assert.ok(consul.requests.length >= 50, `${consul.requests.length} queries`));
    assert.ok(performance.now() - began > 1400, "20 at once, the others in 1.5 s");
    stop.abort();
    await ended;
  });

  it("handles index 0, a missing leader and refusals", async () => {
    await using consul = await fakeConsul((_, response) => sendRead(response, 0, []));
    await using registry = open(consul);
    const errors: unknown[] = [];
    const stop = new AbortController();
    const onReach = (error?: unknown) => errors.push(error);
    const ended = drain(registry.watch({ service: "any", signal: stop.signal, onReach }));
    await eventually(() => assert.match(String(errors[0]), /X-Consul-Index "0"/));
    stop.abort();
    await ended;
    consul.answer = (_, response) => response.writeHead(500).end("No cluster leader");
    await assert.rejects(registry.getService("any"), { ...unreachable, detail: /No cluster leader/ });
    consul.answer = (_, response) => response.writeHead(403).end("Permission denied");
    await assert.rejects(registry.register(service), { code: 403, detail: /Permission denied/ });
    consul.answer = (_, response) => response.end("<html>");
    await assert.rejects(registry.getService("any"), { ...unreachable, detail: /not JSON/ });
    consul.answer = (_, response) => response.end('{"a":1}');
    await assert.rejects(registry.getService("any"), { ...unreachable, detail: /not a list/ });
  });

  it("detects a Consul that hangs during a blocking query", async () => {
    await using consul = await fakeConsul((request, response) => {
      if (!request.url?.includes("wait")) sendRead(response, 5, []);
    });
    await using registry = open(consul);
    const errors: unknown[] = [];
    const stop = new AbortController();
    const onReach = (error?: unknown) => errors.push(error);
    const ended = drain(registry.watch({ service: "any", signal: stop.signal, onReach }));
    await eventually(() => assert.equal(consul.requests.length, 2));
    consul.answer = () => {};
    await eventually(() => assert.equal(errors.length, 1), 15_000);
    consul.answer = (_, response) => sendRead(response, 6, []);
    await eventually(() => assert.deepEqual(errors.slice(1), [undefined]));
    stop.abort();
    await ended;
  });

  it("stays with an agent that works, and goes back when that fails", async () => {
    await using one = await fakeConsul((_, response) => response.writeHead(500).end("No cluster leader"));
    await using two = await fakeConsul((_, response) => sendRead(response, 1, { consul: [] }));
    await using registry = new ConsulRegistry({ addresses: [one.address, two.address] }, {});
    for (let i = 0; i < 5; i++) await registry.listServices();
    assert.deepEqual([one.requests.length, two.requests.length], [1, 5]);
    [one.answer, two.answer] = [two.answer, one.answer];
    await registry.listServices();
    assert.deepEqual([one.requests.length, two.requests.length], [2, 6]);
  });

  it("registers every node, each with one request, and only renews what is still there", async () => {
    await using real = await agent({ address: "127.0.0.1:0" });
    await using consul = await fakeConsul((request, response) => {
      const { method, url } = request;
      const onward = httpRequest(`http://${real.address}${url}`, { method }, (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      });
      request.pipe(onward);
    });
    await using registry = open(consul);
    await registry.register(service, { ttl: 30_000 });
    await registry.register(service, { ttl: 30_000 });
    const put = "PUT /v1/agent/service/register";
    const passes = ["PUT /v1/agent/check/pass/service%3Aa", "PUT /v1/agent/check/pass/service%3Ab"];
    const reads = ["GET /v1/agent/service/a", "GET /v1/agent/service/b"];
    assert.deepEqual(consul.requests.slice(0, 4).sort(), [...passes, put, put].sort());
    assert.deepEqual(consul.requests.slice(4).sort(), [...passes, ...reads].sort());
  });

  it("repeats a check update that arrived before the registration", async () => {
    const late: ServerResponse[] = [];
    await using consul = await fakeConsul(({ url }, response) => {
      if (url === "/v1/agent/service/register") return void late.push(response);
      const known = late.length === 0;
      response.statusCode = known ? 200 : 404;
      response.end(known ? "" : "Unknown check ID");
      for (const waiting of late.splice(0)) waiting.end();
    });
    await using registry = open(consul);
    await registry.register({ ...service, nodes: service.nodes.slice(0, 1) }, { ttl: 30_000 });
    const pass = "PUT /v1/agent/check/pass/service%3Aa";
    assert.deepEqual(consul.requests, ["PUT /v1/agent/service/register", pass, pass]);
  });
});

describe("the settings of Consul", () => {
  it("come from its own variables, which options override", async () => {
    const folder = await mkdtemp(join(tmpdir(), "micro-registry-"));
    const token = join(folder, "token");
    await writeFile(token, "from-file\n");
    const env = {
      CONSUL_HTTP_ADDR: "consul.example",
      CONSUL_HTTP_TOKEN_FILE: token,
      CONSUL_HTTP_SSL: "true",
    };
    const settings = consulSettings(
      {},
      { ...env, CONSUL_HTTP_SSL_VERIFY: "false", CONSUL_NAMESPACE: "team" },
    );
    await rm(folder, { recursive: true });
    assert.deepEqual(settings.places, [
      { address: "consul.example:8500", baseUrl: "https://consul.example:8500/v1" },
    ]);
    assert.deepEqual(settings.headers, { "x-consul-token": "from-file", "x-consul-namespace": "team" });
    assert.equal(settings.tls.rejectUnauthorized, false);
    const given = consulSettings(
      { addresses: ["[::1]:1", "http://b:2/x/"], token: "t" },
      { CONSUL_HTTP_TOKEN: "u" },
    );
    assert.deepEqual(
      given.places.map(({ baseUrl }) => baseUrl),
      ["http://[::1]:1/v1", "http://b:2/x/v1"],
    );
    assert.deepEqual(given.headers, { "x-consul-token": "t" });
    assert.equal(given.tls.rejectUnauthorized, true);
  });

  it("name the variable whose file cannot be read", () => {
    const expected = { code: 400, reason: "BAD_CONFIG", detail: 'CONSUL_CACERT "/nonexistent/ca": ENOENT' };
    assert.throws(() => consulSettings({}, { CONSUL_CACERT: "/nonexistent/ca" }), expected);
  });

  it("send the token with each request", async () => {
    await using consul = await fakeConsul((request, response) => {
      sendRead(response, 1, { [String(request.headers["x-consul-token"])]: [] });
    });
    await using registry = new ConsulRegistry({ addresses: [consul.address], token: "secret" }, {});
    const [listed] = await registry.listServices();
    assert.equal(listed?.name, "secret");
  });

  it("enable TLS, and report an untrusted certificate", async () => {
    const certificate = selfSigned("IP:127.0.0.1");
    const { createServer } = await import("node:https");
    const server = createServer(certificate, (_, response) => sendRead(response, 1, { safe: [] }));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    await using trusting = new ConsulRegistry(
      { addresses: [`127.0.0.1:${port}`], tls: { ca: certificate.cert } },
      {},
    );
    assert.equal((await trusting.listServices())[0]?.name, "safe");
    await using wary = new ConsulRegistry({}, { CONSUL_HTTP_ADDR: `https://127.0.0.1:${port}` });
    await assert.rejects(wary.listServices(), { code: 503, reason: "TLS_FAILED" });
    const env = { CONSUL_HTTP_ADDR: `127.0.0.1:${port}`, CONSUL_HTTP_SSL: "1", CONSUL_HTTP_SSL_VERIFY: "0" };
    await using careless = new ConsulRegistry({}, env);
    assert.equal((await careless.listServices())[0]?.name, "safe");
    server.close();
    server.closeAllConnections();
  });

  it("reach a Consul on a Unix socket", async () => {
    const folder = await mkdtemp(join(tmpdir(), "micro-registry-"));
    const path = join(folder, "consul.sock");
    const { createServer } = await import("node:http");
    const server = createServer((_, response) => sendRead(response, 1, { here: [] })).listen(path);
    await once(server, "listening");
    await using registry = new ConsulRegistry({}, { CONSUL_HTTP_ADDR: `unix://${path}` });
    const [listed] = await registry.listServices();
    assert.equal(listed?.name, "here");
    await registry.close();
    server.close();
    server.closeAllConnections();
    await rm(folder, { recursive: true });
  });
});

const service: Service = {
  name: "greeter",
  version: "1.0.0",
  metadata: {},
  endpoints: [],
  nodes: ["a", "b"].map((id) => ({ id, address: "127.0.0.1", port: 1, metadata: {} })),
};

function open(consul: FakeConsul): ConsulRegistry {
  return new ConsulRegistry({ addresses: [consul.address] }, {});
}

async function drain(changes: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of changes);
}

/** What `get` of a script says while its process can open no file, and then. */
async function outOfFiles(script: string): Promise<string[]> {
  const program = `
    import { closeSync, openSync } from "node:fs";
    import { ConsulRegistry } from "${new URL("../../../src/registry/consul/consul.ts", import.meta.url)}";
    ${script}
    const open = [];
    try { for (;;) open.push(openSync("/dev/null")); } catch {}
    const said = await get();
    for (const file of open) closeSync(file);
    console.log(said);
    console.log(await get());
    await registry.close();
  `;
  const limited = ["-c", 'ulimit -n 100; exec "$0" "$@"', process.execPath];
  const { stdout } = await promisify(execFile)("sh", [
    ...limited,
    ...["--import", "tsx", "--input-type=module", "-e", program],
  ]);
  return stdout.trim().split("\n");
}
