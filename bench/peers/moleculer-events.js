// Moleculer's events over its TCP transporter: a batch counts when every listener has heard all of it.
import { createServer } from "node:net";
import { ServiceBroker } from "moleculer";
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

await peer({
  async serve(work) {
    const listeners = work === "ten" ? 10 : 1;
    const [own, caller] = [await freePort(), await freePort()];
    const urls = [`127.0.0.1:${own}/server`, `127.0.0.1:${caller}/client`];
    const node = broker("server", own, urls);
    let heard = 0;
    const hear = () => {
      if (++heard % (batch * listeners) === 0) void node.broadcast("bench.heard");
    };
    for (let i = 0; i < listeners; i++)
      node.createService({ name: `listener${i}`, events: { "bench.message": hear } });
    await node.start();
    return urls.join(",");
  },
  async connect(address, work) {
    const urls = address.split(",");
    const listeners = work === "ten" ? 10 : 1;
    const node = broker("client", Number(urls[1].match(/:(\d+)/)[1]), urls);
    const waiting = [];
    node.createService({ name: "ears", events: { "bench.heard": () => waiting.shift()() } });
    await node.start();
    await node.waitForServices("listener0", 20_000);
    return {
      publish: async () => {
        const all = new Promise((resolve) => waiting.push(resolve));
        for (let i = 0; i < batch; i++) void node.broadcast("bench.message", { n: i, text: "Hello John" });
        await all;
        return batch * listeners;
      },
    };
  },
});
