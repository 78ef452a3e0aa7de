import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { openBroker } from "../../../src/broker/index.js";
import { eventually } from "../../../src/testing/eventually.js";
import { needs } from "../../support/needs.js";
import { micro } from "../../support/programs/micro.js";
import { startNats } from "../../support/servers/nats.js";
import { startRedis } from "../../support/servers/redis.js";
import type { StoredServer } from "../../support/servers/stored-server.js";

const servers = [
  ["redis", "redis-server", startRedis],
  ["nats", "nats-server", startNats],
] as const;

for (const [name, program, startServer] of servers)
  describe(`micro subscribe --queue --count over ${name}`, needs(program), () => {
    let server: StoredServer;
    before(async () => {
      server = await startServer();
    });
    after(() => server[Symbol.asyncDispose]());

    it("leaves the messages beyond the count to the queue", async () => {
      const address = `${name}://${server.address}?at_least_once=true`;
      await using broker = await openBroker(name, { addresses: [address], ackWait: 1000 });
      const got = new Set<string>();
      const subscribe = () =>
        broker.subscribe("work", async ({ message }) => void got.add(String(message.body)), { queue: "q" });
      await (await subscribe()).close(); // from now on the queue stores messages
      const sent = ["0", "1", "2", "3", "4", "5"];
      for (const body of sent) await broker.publish("work", { header: {}, body: Buffer.from(body) });
      const taking = ["subscribe", "work", "--queue=q", "--count=2", `--broker=${name}`];
      const { code, stdout, stderr } = await micro([...taking, `--broker_address=${address}`]);
      assert.equal(code, 0, stderr);
      const printed = stdout
        .trimEnd()
        .split("\n")
        .map((line) => String(JSON.parse(line).body));
      assert.equal(printed.length, 2);
      await using _ = await subscribe();
      await eventually(() => assert.deepEqual([...new Set([...printed, ...got])].sort(), sent), 45_000);
    });
  });
