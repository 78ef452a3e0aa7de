// Moleculer with its TCP transporter and JSON: discovery by a list of addresses, no gossip over UDP.
import { createServer } from "node:net";
import { ServiceBroker } from "moleculer";
import { check, name, peer, port } from "./peer.js";

async function freePort() {
  const server = createServer();
  const address = await port(server);
  await new Promise((resolve) => server.close(resolve));
  return Number(address.split(":")[1]);
}

function broker(nodeID, port, urls, logger = false) {
  return new ServiceBroker({
    nodeID,
    logger,
    transporter: { type: "TCP", options: { udpDiscovery: false, port, urls } },
    serializer: "JSON",
  });
}

await peer({
  async serve() {
    const [own, caller] = [await freePort(), await freePort()];
    const urls = [`127.0.0.1:${own}/server`, `127.0.0.1:${caller}/client`];
    const node = broker("server", own, urls);
    node.createService({
      name: "greeter",
      actions: { hello: { handler: ({ params }) => ({ msg: `Hello ${params.name}` }) } },
    });
    await node.start();
    return urls.join(",");
  },
  async connect(address) {
    const urls = address.split(",");
    const node = broker("client", Number(urls[1].match(/:(\d+)/)[1]), urls);
    await node.start();
    await node.waitForServices("greeter", 20_000);
    const metadata = (n) => ({ meta: { requestId: `request-${n}`, user: `user-${n % 1000}` } });
    return {
      rpc: async () => check(await node.call("greeter.hello", { name })),
      metadata: async (n) => check(await node.call("greeter.hello", { name }, metadata(n))),
    };
  },
});
