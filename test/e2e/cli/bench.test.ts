import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { agent } from "../../../src/agent/index.js";
import { silent } from "../../../src/core/log/log.js";
import type { HttpServer } from "../../../src/http/listener/listener.js";
import { type MicroService, service } from "../../../src/service/index.js";
import { eventually } from "../../../src/testing/eventually.js";
import { micro } from "../../support/programs/micro.js";

const name = "go.micro.srv.greeter";

describe("micro bench as people run it", () => {
  let registry: HttpServer;
  let greeter: MicroService;
  let env: NodeJS.ProcessEnv;
  const stop = new AbortController();
  let running: Promise<void>;

  before(async () => {
    registry = await agent({ address: "127.0.0.1:0", log: silent });
    env = { MICRO_REGISTRY_ADDRESS: registry.address };
    greeter = service({ name, argv: [], env, log: silent, drainDelay: 0 });
    greeter.handle("Say.Hello", {}, async () => ({ msg: "hello" }));
    running = greeter.run({ signal: stop.signal });
    await eventually(async () => assert.equal((await greeter.registry.getService(name)).length, 1));
  });

  after(async () => {
    stop.abort();
    await running;
    await registry.close();
  });

  it("measures as many requests as asked, and says of which nodes", async () => {
    const args = ["bench", "greeter", "Say.Hello", "-n", "50", "-c", "4", "--warmup", "10ms", "--json"];
    const { code, stdout, stderr } = await micro(args, { env });
    assert.equal(code, 0, stderr + stdout);
    const report = JSON.parse(stdout);
    assert.equal(report.requests, 50);
    assert.equal(report.ok, 50);
    assert.equal(report.service, name);
    assert.deepEqual(Object.values(report.nodes), [50]);
    assert.ok(report.latency_ms.min <= report.latency_ms.p999);
  });

  it("says nothing of listeners where many calls wait at a time", async () => {
    for (const many of ["20", "3000"]) {
      const args = ["bench", name, "Say.Hello", "-n", "5000", "-c", many, "--warmup", "10ms"];
      const { code, stderr } = await micro([...args, "--max_errors", "100%"], { env });
      assert.deepEqual([code, stderr], [0, ""]);
    }
  });

  it("tells an unknown method before any load", async () => {
    const { code } = await micro(["bench", name, "Say.Nothing", "-n", "5"], { env });
    assert.equal(code, 3);
  });
});
