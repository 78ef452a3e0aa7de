import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MicroError, notFound } from "../../src/core/errors.js";
import { MemoryRegistry } from "../../src/registry/memory/memory.js";
import { type MicroService, service } from "../../src/service/index.js";
import { Gateways } from "../support/gateway.js";

const name = "go.micro.srv.rolling";
const quick = { broker: "memory", argv: [], env: {}, drainDelay: 0 } as const;

function node(registry: MemoryRegistry, version: string): MicroService {
  const made = service({ ...quick, name, version, registry });
  made.handle("R.Who", {}, () => ({ version }));
  if (version === "1.0.0") made.handle("R.Old", {}, () => ({ version }));
  else made.handle("R.New", {}, () => new Promise((resolve) => setTimeout(resolve, 2, { version })));
  if (version === "2.0.0")
    made.stream("R.Count", {}, async function* () {
      yield { version };
    });
  return made;
}

async function answers(count: number, ask: () => Promise<unknown>): Promise<Set<string>> {
  const seen = new Set<string>();
  for (let i = 0; i < count; i++)
    seen.add(
      await ask().then(
        (value) => JSON.stringify(value),
        (error) => String(error),
      ),
    );
  return seen;
}

describe("while a service rolls from one version to the next", { timeout: 60_000 }, () => {
  it("calls and streams of a method go to the nodes that have it", async () => {
    await using gateways = new Gateways();
    const { registry } = gateways;
    await using first = node(registry, "1.0.0");
    await using second = node(registry, "1.0.0");
    await using third = node(registry, "2.0.0");
    for (const each of [first, second, third]) await each.start();
    await using caller = service({ ...quick, name: "caller", registry });
    const { client } = caller;
    const news = new Set(['{"version":"2.0.0"}']);
    const olds = new Set(['{"version":"1.0.0"}']);
    assert.deepEqual(await answers(40, () => client.call(name, "R.New", {})), news);
    assert.deepEqual(await answers(40, () => client.call(name, "R.Old", {})), olds);
    for (const answer of await answers(40, () => client.call(name, "R.Who", {})))
      assert.ok(news.has(answer) || olds.has(answer), answer);
    const counted = async () => {
      await using stream = await client.stream(name, "R.Count");
      await stream.end();
      for await (const value of stream) return value;
    };
    assert.deepEqual(await answers(20, counted), news);
    const http = await gateways.open();
    const asked = async (method: string) => {
      const body = JSON.stringify({ service: name, method, request: {} });
      const headers = { "content-type": "application/json" };
      return (await fetch(`http://${http.address}/rpc`, { method: "POST", headers, body })).json();
    };
    assert.deepEqual(await answers(20, () => asked("R.New")), news);
    assert.deepEqual(await answers(20, () => asked("R.Old")), olds);
  });

  for (const transport of ["http", "mux"])
    it(`a call goes on to another node when one reports that it lacks the method, over ${transport}`, async () => {
      await using registry = new MemoryRegistry();
      const nodes = ["1.0.0", "2.0.0"].map((version) => node(registry, version));
      for (const each of nodes) await each.start();
      // what was registered by others says nothing of endpoints
      const [old, latest] = (await registry.getService(name)).map(({ nodes: [first] }) => first);
      assert.ok(old && latest);
      const metadata = { ...old.metadata, ...(transport === "http" && { mux: "0" }) };
      const silent = { name: `${name}.silent`, version: "1", metadata: {}, endpoints: [] };
      await registry.register({ ...silent, nodes: [old, latest].map((each) => ({ ...each, metadata })) });
      await using caller = service({ ...quick, name: "caller", registry });
      const ask = () => caller.client.call(silent.name, "R.New", {});
      assert.deepEqual(await answers(9, ask), new Set(['{"version":"2.0.0"}']));
      await assert.rejects(caller.client.call(silent.name, "R.None", {}), (error) => {
        assert.ok(MicroError.is(error));
        const { code, detail, executed, reason, attempts } = error;
        assert.deepEqual(
          { code, detail, executed, reason, attempts },
          {
            code: 404,
            detail: "rpc: can't find method R.None",
            executed: "no",
            reason: "METHOD_NOT_FOUND",
            attempts: 2,
          },
        );
        return true;
      });
      for (const each of nodes) await each.close();
    });

  it("a handler that passes on the same words of another service has run, and runs once", async () => {
    await using registry = new MemoryRegistry();
    let runs = 0;
    const make = () => {
      const made = service({ ...quick, name, version: "1", registry });
      made.handle("R.New", {}, () => {
        runs++;
        throw notFound("go.micro.server", "rpc: can't find method R.New", { reason: "METHOD_NOT_FOUND" });
      });
      return made;
    };
    await using first = make();
    await using second = make();
    await first.start();
    await second.start();
    await using caller = service({ ...quick, name: "caller", registry });
    await assert.rejects(caller.client.call(name, "R.New", {}), { code: 404, executed: "yes" });
    assert.equal(runs, 1);
  });
});
