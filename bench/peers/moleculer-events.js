// Moleculer's events over its TCP transporter: a batch counts when every listener has received all of it.
import { createServer } from "node:net";
import { ServiceBroker } from "moleculer";
import { shapeOf } from "./listeners.js";
import { peer, port } from "./peer.js";

const batch = 250;

async function freePort() {
  const server = createServer();
  const address = await port(server);
  await new Promise((resolve) => server.close(resolve));
  return Number(address.split(":")[1]);
}

const broker = (nodeID, port, urls) =>
  new ServiceBroker({
    nodeID,
    logger: false,
    transporter: { type: "TCP", options: { udpDiscovery: false, port, urls } },
    serializer: "JSON",
  });

const portOf = (url) => Number(url.match(/:(\d+)/)[1]);

await peer({
  async serve(work) {
    const { nodes, listeners } = shapeOf(work);
    const urls = [`127.0.0.1:${await freePort()}/client`];
    for (let i = 0; i < nodes; i++) urls.push(`127.0.0.1:${await freePort()}/server${i}`);
    const brokers = urls.slice(1).map((url, i) => broker(`server${i}`, portOf(url), urls));
    let heard = 0;
    const hear = () => {
      if (++heard % (batch * nodes * listeners) === 0) void brokers[0].broadcast("bench.heard");
    };
    for (const [n, node] of brokers.entries()) {
      for (let i = 0; i < listeners; i++)
        node.createService({ name: `listener${n}-${i}`, events: { "bench.message": hear } });
      await node.start();
    }
    return urls.join(",");
  },
  async connect(address, work) {
    const urls = address.split(",");
    const { nodes, listeners } = shapeOf(work);
    const node = broker("client", portOf(urls[0]), urls);
    const waiting = [];
    node.createService({ name: "ears", events: { "bench.heard": () => waiting.shift()() } });
    await node.start();
    const names = Array.from({ length: nodes }, (_, n) => `listener${n}-0`);
    await node.waitForServices(names, 20_000);
    return {
      publish: async () => {
        const all = new Promise((resolve) => waiting.push(resolve));
        for (let i = 0; i < batch; i++) void node.broadcast("bench.message", { n: i, text: "Hello John" });
        await all;
        return batch * nodes * listeners;
      },
    };
  },
});
