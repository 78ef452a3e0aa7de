import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { openRegistry } from "../../src/registry/index.js";
import { service } from "../../src/service/index.js";
import { sidecar } from "../../src/sidecar/index.js";
import { eventually } from "../../src/testing/eventually.js";
import { web } from "../../src/web/index.js";
import { type Answer, ask } from "../support/ask.js";
import { needs } from "../support/needs.js";
import { micro } from "../support/programs/micro.js";
import { startConsul } from "../support/servers/consul.js";

const names = ["go.micro.srv.a", "go.micro.srv.b"];
const json = { Accept: "application/json" };

function quiet(name: string, registry: string) {
  return service({ name, registryAddress: [registry], drainDelay: 0, argv: [], env: {} });
}

function stale({ headers }: Answer): boolean {
  return Number(headers["x-micro-registry-stale"]) > 0;
}

describe("R1: a registry that hangs", needs("consul"), () => {
  it("is answered for by sidecar and dashboard with what is known and its age, and the command through them", async () => {
    await using consul = await startConsul();
    await using registry = await openRegistry("consul", { addresses: [consul.address] });
    for (const name of names) {
      const nodes = [{ id: `${name}-1`, address: "127.0.0.1", port: 1, metadata: {} }];
      await registry.register({ name, version: "1.0.0", metadata: {}, endpoints: [], nodes });
    }
    await using beside = quiet("go.micro.sidecar", consul.address);
    await using dashboard = quiet("go.micro.web", consul.address);
    await using sidecarHttp = await sidecar(beside, { address: "127.0.0.1:0" });
    await using webHttp = await web(dashboard, { address: "127.0.0.1:0" });
    const get = (base: { url: string }, path: string) => ask(base.url, "GET", path, undefined, json);
    const before = {
      listed: (await get(sidecarHttp, "/registry")).json,
      one: (await get(sidecarHttp, `/registry?service=${names[0]}`)).json,
      web: (await get(webHttp, "/registry")).json,
      webOne: (await get(webHttp, `/registry?service=${names[0]}`)).json,
    };
    consul.signal("SIGSTOP");
    const listed = await get(sidecarHttp, "/registry");
    assert.deepEqual([listed.code, listed.json, stale(listed)], [200, before.listed, true]);
    const one = await get(sidecarHttp, `/registry?service=${names[0]}`);
    assert.deepEqual([one.code, one.json, stale(one)], [200, before.one, true]);
    const unknown = await get(sidecarHttp, "/registry?service=go.micro.srv.unknown");
    assert.equal(unknown.code, 503);
    const shown = await get(webHttp, "/registry");
    assert.deepEqual([shown.code, shown.json, stale(shown)], [200, before.web, true]);
    await eventually(
      async () => assert.equal(stale(await get(webHttp, `/registry?service=${names[0]}`)), true),
      30_000,
    );
    assert.deepEqual((await get(webHttp, `/registry?service=${names[0]}`)).json, before.webOne);
    const ran = await micro(["list", "services", "--proxy_address", sidecarHttp.address]);
    assert.equal(ran.code, 0, ran.stderr);
    assert.match(ran.stdout, /go\.micro\.srv\.a/);
    assert.match(ran.stderr, /stale/);
    consul.signal("SIGCONT");
    await eventually(async () => assert.equal(stale(await get(sidecarHttp, "/registry")), false), 30_000);
  });

  it("is told as one that listens and does not answer, never to be started beside it", async () => {
    await using consul = await startConsul();
    consul.signal("SIGSTOP");
    const listed = await micro(["list", "services", "--registry_address", consul.address]);
    assert.equal(listed.code, 5, listed.stderr);
    assert.match(
      listed.stderr,
      /^hint: {2}something listens at [\d.:]+ and does not answer: .*--registry_address/m,
    );
    const dev = await micro(["dev", "--registry_address", consul.address]);
    assert.match(dev.stderr, /address in use, and what listens there does not answer as a registry/);
    consul.signal("SIGCONT");
  });
});
