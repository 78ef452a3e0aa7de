import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import type { Client } from "../../src/client/client.js";
import { MicroError } from "../../src/core/errors.js";
import { eventually } from "../../src/testing/eventually.js";
import { HttpTransport } from "../../src/transport/http/transport.js";
import { mux } from "../../src/transport/mux/mux.js";
import type { Listener, ListenOptions, TransportHandler } from "../../src/transport/transport.js";
import { ask } from "../support/ask.js";
import { Gateways } from "../support/gateway.js";

const busy = "go.micro.srv.busy";
/** Calls that a node takes at once, and how long each one of them takes, in milliseconds. */
const taken = 100;
const work = 500;

/** Has a node take fewer calls at once, so that four times as many load no machine. */
class Small extends HttpTransport {
  override listen(address: string, handler: TransportHandler, options?: ListenOptions): Promise<Listener> {
    return super.listen(address, handler, { ...options, maxCalls: taken });
  }
}

/** A node whose handlers take as long as `busyFor` does, four callers and a gateway. */
async function open(busyFor: () => Promise<void>) {
  const gateways = new Gateways();
  const node = gateways.service(busy, { transport: new Small({ upgrade: mux }) });
  const seen = { ran: 0 };
  node.handle("Work.Do", {}, async () => {
    seen.ran++;
    await busyFor();
    return {};
  });
  await gateways.run(node);
  const clients = [1, 2, 3, 4].map((i) => gateways.service(`go.micro.srv.caller${i}`).client);
  const gateway = await gateways.open();
  return { gateways, seen, clients, url: `http://${gateway.address}` };
}

function call(client: Client): Promise<unknown> {
  return client.call(busy, "Work.Do", {}, { timeout: 60_000 });
}

function refusal(call: Promise<unknown>): Promise<MicroError> {
  const answered = () => assert.fail("answered");
  return call.then(answered, (error) => MicroError.from(error, "caller"));
}

/** Answers to so many callers at each of `clients` in `time` ms; who is refused asks again. */
async function answered(clients: readonly Client[], time: number): Promise<number> {
  const end = performance.now() + time;
  let count = 0;
  const caller = async (client: Client) => {
    while (performance.now() < end)
      try {
        await call(client);
        count++;
      } catch (error) {
        assert.equal(MicroError.is(error) && error.reason, "OVERLOADED");
        await wait(work / 5);
      }
  };
  await Promise.all(clients.flatMap((client) => Array.from({ length: taken }, () => caller(client))));
  return count;
}

describe("R21: four times the load that fits", () => {
  it("has excess calls refused at once as not executed, with hardly any retries", async () => {
    let free = () => {};
    const freed = new Promise<void>((resolve) => {
      free = resolve;
    });
    const { gateways, seen, clients, url } = await open(() => freed);
    await using _gateways = gateways;
    const [first, ...others] = clients;
    assert.ok(first);
    const held = Array.from({ length: taken }, () => call(first));
    await eventually(() => assert.equal(seen.ran, taken), 30_000);
    const begin = performance.now();
    const many = others.flatMap((client) => Array.from({ length: taken }, () => call(client)));
    const refused = await Promise.all(many.map(refusal));
    const seconds = (performance.now() - begin) / 1000;
    for (const { code, reason, executed } of refused)
      assert.deepEqual({ code, reason, executed }, { code: 503, reason: "OVERLOADED", executed: "no" });
    const sent = refused.reduce((sum, { attempts = 1 }) => sum + attempts, 0);
    const allowed = 1.2 * many.length + others.length * 10 * (1 + seconds);
    assert.ok(sent <= allowed, `${sent} sent for ${many.length} calls in ${seconds} s`);
    const request = { service: busy, method: "Work.Do", request: {} };
    const json = { "Content-Type": "application/json" };
    for (let i = 0; i < 5; i++) {
      const { code, headers } = await ask(url, "POST", "/rpc", request, json);
      assert.deepEqual([code, headers["retry-after"]], [503, "1"]);
    }
    assert.equal(seen.ran, taken);
    free();
    await Promise.all(held);
    await Promise.all(Array.from({ length: taken }, () => call(first)));
  });

  it("leaves most of what was served, and all of it once the load is gone", async (t) => {
    const { gateways, clients } = await open(() => wait(work));
    await using _gateways = gateways;
    const first = clients.slice(0, 1);
    await answered(first, 2 * work);
    const peak = await answered(first, 4 * work);
    const over = await answered(clients, 6 * work);
    const after = await answered(first, 4 * work);
    const share = over / 6 / (peak / 4);
    t.diagnostic(`${Math.round(share * 100)} % of the peak under load, then ${after} of ${peak} calls`);
    assert.ok(share >= 0.5, `${share} of the peak`);
    assert.ok(after >= 0.5 * peak, `${after} of ${peak} calls`);
  });
});
