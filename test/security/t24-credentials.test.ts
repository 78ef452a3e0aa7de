import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MemoryBroker } from "../../src/broker/memory.js";
import { messageJson } from "../../src/cli/request/message-json.js";
import { redacted } from "../../src/core/metadata.js";
import type { Metadata } from "../../src/core/service.js";
import type { MicroService } from "../../src/service/index.js";
import type { WebServer } from "../../src/web/index.js";
import { raw, rawRequest } from "../support/bytes/raw-http.js";
import { Dashboards } from "../support/dashboard.js";
import { Gateways } from "../support/gateway.js";
import { start } from "../support/programs/process.js";
import { System } from "../support/programs/system.js";

const secrets = [
  "Authorization: Bearer secret-of-the-client",
  "Cookie: sid=secret-of-the-client",
  "Proxy-Authorization: Basic secret-of-the-client",
];
const hops = 5;

/** A gateway, and services that call each other in a row; the last one publishes. */
class Row implements AsyncDisposable {
  readonly #gateways = new Gateways();
  readonly #broker = new MemoryBroker();
  /** What each service was called with, and the message. */
  readonly seen: Metadata[] = [];
  message: Metadata = {};

  async open(options: (hop: number) => { env?: NodeJS.ProcessEnv; forwardHeaders?: string[] } = () => ({})) {
    const listener = this.#gateways.service("go.micro.srv.listener", { broker: this.#broker });
    listener.subscribe("told", async (_, { metadata }) => {
      this.message = metadata;
    });
    await this.#gateways.run(listener);
    for (let hop = 1; hop <= hops; hop++) await this.#add(hop, options(hop));
    const http = await this.#gateways.open();
    const body = '{"service":"hop1","method":"Hop.Go","request":{}}';
    const headers = [`Host: ${http.address}`, ...secrets, "X-Kept: 1", "Content-Type: application/json"];
    const request = rawRequest("POST", "/rpc", [...headers, `Content-Length: ${body.length}`], body);
    const { status, body: reply } = await raw(http.address, request, 10_000);
    assert.equal(status, 200, reply);
  }

  async #add(hop: number, options: Parameters<Gateways["service"]>[1]): Promise<void> {
    const service: MicroService = this.#gateways.service(`hop${hop}`, { broker: this.#broker, ...options });
    service.handle("Hop.Go", {}, async (_, { metadata }) => {
      this.seen[hop] = metadata;
      if (hop < hops) return service.client.call(`hop${hop + 1}`, "Hop.Go", {});
      await service.client.publish(
        "told",
        {},
        { metadata: { Authorization: "Bearer by-hand", "X-Own": "1" } },
      );
      return {};
    });
    await this.#gateways.run(service);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#gateways[Symbol.asyncDispose]();
    await this.#broker.close();
  }
}

describe("T24: credentials that travel", () => {
  it("end at the service that was called; other metadata goes all the way, and into messages", async () => {
    await using row = new Row();
    await row.open();
    assert.equal(row.seen[1]?.Authorization, "Bearer secret-of-the-client");
    assert.equal(row.seen[1]?.Cookie, "sid=secret-of-the-client");
    assert.doesNotMatch(JSON.stringify(row.seen.slice(2)), /secret-of-the-client/);
    assert.doesNotMatch(JSON.stringify(row.message), /secret-of-the-client|by-hand/);
    for (const metadata of [...row.seen.slice(1), row.message]) {
      assert.equal(metadata["Proxy-Authorization"], undefined);
      assert.equal(metadata["X-Kept"], "1");
    }
    assert.equal(row.message["X-Own"], "1");
  });

  it("go one hop further for each service that is told to forward them", async () => {
    await using row = new Row();
    await row.open((hop) => {
      if (hop === 1) return { forwardHeaders: ["authorization", "Cookie"] };
      return hop === 2 ? { env: { MICRO_FORWARD_HEADERS: "Authorization" } } : {};
    });
    assert.equal(row.seen[2]?.Cookie, "sid=secret-of-the-client");
    assert.equal(row.seen[3]?.Authorization, "Bearer secret-of-the-client");
    assert.equal(row.seen[3]?.Cookie, undefined);
    assert.doesNotMatch(JSON.stringify([row.seen.slice(4), row.message]), /secret-of-the-client/);
  });

  it("are the only headers that a service can be told to forward", async () => {
    await using gateways = new Gateways();
    for (const name of ["Proxy-Authorization", "X-Micro-From-Service", "X-User"])
      assert.throws(
        () => gateways.service("hop", { argv: ["--forward_headers", name] }),
        { code: 400 },
        name,
      );
  });

  it("are masked where headers are shown", () => {
    const header = {
      Authorization: "Bearer 0123456789abcdef",
      cookie: "a=b",
      "X-Api-Key": "k",
      "X-Kept": "1",
    };
    const shown = { Authorization: "***cdef", cookie: "***", "X-Api-Key": "***", "X-Kept": "1" };
    assert.deepEqual(redacted(header), shown);
    const text = JSON.stringify(messageJson("t", { header, body: Buffer.from("{}") }));
    assert.doesNotMatch(text, /0123456789/);
  });
});

describe("T24: credentials in logs", () => {
  it("are masked by gateway, sidecar and service, also where a handler's error holds them", async () => {
    await using system = await System.open();
    const tsx = ["--import", "tsx"];
    const env = { MICRO_REGISTRY_ADDRESS: system.registry };
    const program = (name: string) =>
      start(process.execPath, [...tsx, "test/support/programs/host-programs.ts", name], { env });
    await using faulty = start(process.execPath, [...tsx, "test/support/faulty.ts"], { env });
    await using gateway = program("api");
    await using sidecar = program("sidecar");
    await faulty.output(/"serving"/);
    const body =
      '{"service":"go.micro.srv.faulty","method":"Throw.Credentials","request":{"token":"secret-of-the-client"}}';
    for (const running of [gateway, sidecar]) {
      const address = (await running.output(/at http:\/\/(\S+)\n[\s\S]*ready/))[1] ?? "";
      const headers = [`Host: ${address}`, ...secrets, "X-Micro-Sidecar-Token: secret-of-the-client"];
      headers.push("Content-Type: application/json", `Content-Length: ${body.length}`);
      const { status, body: reply } = await raw(
        address,
        rawRequest("POST", "/rpc?token=secret-of-the-client", headers, body),
        10_000,
      );
      assert.equal(status, 500, reply);
      const id = reply.match(/request ([\w-]{36})/)?.[1];
      const [line] = await faulty.output(new RegExp(`.*"request":"${id}".*\n`));
      const { err } = JSON.parse(line);
      assert.equal(err.kept, "shown");
      assert.equal(err.metadata.Authorization, "***");
      await running.output(/"path":"\/rpc".*"status":500.*\n/);
    }
    for (const { stderr, stdout } of [faulty, gateway, sidecar])
      assert.doesNotMatch(stdout + stderr, /secret-of-the-client/);
  });
});

describe("hop-by-hop headers", () => {
  it("are set by each hop: a service is told who called it, not who called its caller", async () => {
    await using row = new Row();
    await row.open();
    const callers = row.seen.map((metadata) => metadata?.["X-Micro-From-Service"]);
    assert.deepEqual(callers.slice(1), ["go.micro.api", "hop1", "hop2", "hop3", "hop4"]);
    assert.equal(row.message["X-Micro-From-Service"], "hop5");
  });
});

describe("T24: credentials of the dashboard", () => {
  it("does not reach a service that is called through its /rpc: neither the session nor the token", async () => {
    await using dashboards = new Dashboards();
    const token = "0123456789abcdef0123456789abcdef";
    const seen: Metadata[] = [];
    const echo = dashboards.service("go.micro.srv.echo");
    echo.handle("Echo.Call", {}, async (_, { metadata }) => {
      seen.push(metadata);
      return {};
    });
    await echo.start();
    const http = await dashboards.open({ token: { value: token } });
    const session = await sessionOf(http);
    const url = `${http.url}/rpc`;
    const sent: Metadata[] = [
      { Authorization: `Bearer ${token}` },
      { Cookie: `a=1; ${session}; b=2` },
      { Cookie: session },
      { Cookie: `a=1; ${session}; b=2`, Authorization: `Bearer ${token}` },
      { Cookie: `a=1; ${session}; b=2`, Authorization: "Bearer of-the-service" },
    ];
    for (const headers of sent) {
      const body = JSON.stringify({ service: "go.micro.srv.echo", method: "Echo.Call", request: {} });
      const answer = await fetch(url, {
        method: "POST",
        headers: { "Content-Type": "application/json", ...headers },
        body,
      });
      assert.equal(answer.status, 200, await answer.text());
    }
    assert.doesNotMatch(JSON.stringify(seen), new RegExp(`${token}|micro_session`));
    assert.deepEqual(
      seen.map(({ Cookie, Authorization }) => [Cookie, Authorization]),
      [
        [undefined, undefined],
        ["a=1; b=2", undefined],
        [undefined, undefined],
        ["a=1; b=2", undefined],
        ["a=1; b=2", "Bearer of-the-service"],
      ],
    );
  });
});

/** Logs in with the one-time token of the address that is printed. */
async function sessionOf(http: WebServer): Promise<string> {
  const login = http.loginUrl();
  const answer = await fetch(`${http.url}/login`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ token: login.slice(login.indexOf("#t=") + 3) }),
  });
  const cookie = answer.headers.get("set-cookie")?.split(";")[0] ?? "";
  assert.match(cookie, /^micro_session=./);
  return cookie;
}
