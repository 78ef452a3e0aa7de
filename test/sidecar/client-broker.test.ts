import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MemoryBroker } from "../../src/broker/memory.js";
import { SidecarBroker } from "../../src/cli/sidecar/broker.js";
import { SidecarHttp } from "../../src/cli/sidecar/http.js";
import { eventually } from "../../src/testing/eventually.js";
import { openSidecar, ownService } from "./open-sidecar.js";

describe("the broker behind a sidecar", () => {
  it("ends its subscriptions when it is closed", async () => {
    await using near = new MemoryBroker();
    await using server = await openSidecar({}, ownService({ broker: near }));
    const far = new SidecarBroker(new SidecarHttp({ address: server.address }));
    const heard: string[] = [];
    await far.subscribe("closing", async ({ message }) => {
      heard.push(Buffer.from(message.body).toString());
    });
    const publish = (text: string) => near.publish("closing", { header: {}, body: Buffer.from(text) });
    await publish("before");
    await eventually(() => assert.deepEqual(heard, ["before"]));
    await far.close();
    await publish("after");
    await far.subscribe("closing", async () => {}).then((again) => again.close());
    assert.deepEqual(heard, ["before"]);
  });
});
