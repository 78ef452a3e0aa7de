import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MemoryRegistry } from "../../src/registry/memory/memory.js";
import { service } from "../../src/service/index.js";
import { eventually } from "../../src/testing/eventually.js";
import { Gate } from "../support/mux.js";

const quick = { broker: "memory", argv: [], env: {}, drainDelay: 0, name: "go.micro.srv.looked" } as const;

describe("the port of a service, requested by GET", () => {
  it("answers its health, and no other path", async () => {
    await using registry = new MemoryRegistry();
    await using looked = service({ ...quick, registry });
    let ill = false;
    looked.handle("Say.Hello", {}, () => ({ msg: "hi" }));
    await looked.start();
    const url = `http://${looked.server.address}`;
    const get = async (path: string, init: RequestInit = {}) => {
      const response = await fetch(`${url}${path}`, init);
      return [response.status, await response.text()] as const;
    };
    assert.deepEqual(await get("/health/live"), [200, '{"status":"ok"}\n']);
    assert.equal((await get("/health/live", { method: "HEAD" }))[0], 200);
    const [ready, text] = await get("/health/ready?verbose=1");
    assert.equal(ready, 200);
    assert.match(text, /^\{"status":"(ok|degraded)"\}\n$/);
    for (const path of ["/", "/metrics", "/health", "/health/live/", "/../health/live%00", "/favicon.ico"]) {
      const [code, body] = await get(path);
      assert.equal(code, 404, path);
      assert.equal((JSON.parse(body) as { code: number }).code, 404);
    }
    // As Go services do, a call is taken by any method.
    const call = { "Content-Type": "application/json", "Micro-Method": "Say.Hello" };
    assert.deepEqual(await get("/any/path", { headers: call }), [200, '{"msg":"hi"}\n']);
    (looked.server as unknown as { check(name: string, check: object): void }).check("database", {
      critical: true,
      check: () => {
        if (ill) throw new Error("away");
      },
    });
    ill = true;
    assert.deepEqual(await get("/health/ready"), [503, '{"status":"database: away"}\n']);
    assert.equal((await get("/health/live"))[0], 200);
  });

  it("is not ready while it drains, and refuses calls as not executed, until the last one is answered", async () => {
    await using registry = new MemoryRegistry();
    await using looked = service({ ...quick, registry });
    const called = new Gate();
    const answer = new Gate();
    let ran = 0;
    looked.handle("Say.Slow", {}, async () => {
      ran++;
      called.open();
      await answer.opened;
      return { msg: "late" };
    });
    await looked.start();
    const url = `http://${looked.server.address}`;
    const headers = { "Content-Type": "application/json", "Micro-Method": "Say.Slow" };
    const call = () => fetch(url, { method: "POST", headers, body: "{}" });
    const last = call();
    await called.opened;
    const closed = looked.close();
    await eventually(async () => assert.equal((await fetch(`${url}/health/ready`)).status, 503));
    assert.equal((await fetch(`${url}/health/live`)).status, 200);
    const refused = await call();
    assert.equal(refused.headers.get("x-micro-not-executed"), "1");
    assert.match(refused.headers.get("micro-error") ?? "", /"code":503,.*draining/);
    answer.open();
    assert.deepEqual(await (await last).json(), { msg: "late" });
    await closed;
    assert.equal(ran, 1);
    await assert.rejects(call());
  });
});
