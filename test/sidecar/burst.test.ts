// A test of load.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { openSidecar } from "./open-sidecar.js";
import { openSocket } from "./socket.js";

const framed = ["micro.broker.v1"];

describe("the sidecar's /broker under load", () => {
  it("delivers a burst of small messages completely to every subscriber that reads", async () => {
    const count = 10_000;
    for (const publisher of [[], framed]) {
      await using server = await openSidecar();
      const mode = publisher.length > 0 ? "/broker" : "/broker?topic=t";
      await using publishing = await openSocket(`${server.url}${mode}`, publisher);
      await using original = await openSocket(`${server.url}/broker?topic=t`);
      await using subscribed = await openSocket(`${server.url}/broker`, framed);
      subscribed.send('{"op":"subscribe","topic":"t"}');
      await subscribed.json();
      await subscribed.json();
      for (let i = 0; i < count; i++)
        publishing.send(
          publisher.length > 0 ? JSON.stringify({ op: "publish", topic: "t", body: `m${i}` }) : `m${i}`,
        );
      for (let i = 0; i < count; i++) {
        const body = Buffer.from((await original.json()).Body, "base64").toString();
        assert.equal(body, `m${i}`);
        const message = await subscribed.json();
        assert.deepEqual([message.op, message.seq, message.body], ["message", i + 1, `m${i}`]);
      }
      if (publisher.length > 0) for (let i = 0; i <= count; i++) await publishing.text();
      else for (let i = 0; i < count; i++) await publishing.text();
    }
  });
});
