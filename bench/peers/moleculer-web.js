// moleculer-web in front, and a service in a second process behind its TCP transporter.
import { fork } from "node:child_process";
import { createServer } from "node:net";
import { ServiceBroker } from "moleculer";
import web from "moleculer-web";
import { peer, port } from "./peer.js";

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

async function behind(urls) {
  const node = broker("behind", Number(urls[1].match(/:(\d+)/)[1]), urls);
  node.createService({
    name: "greeter",
    actions: { hello: ({ params }) => ({ msg: `Hello ${params.name}` }) },
  });
  await node.start();
}

if (process.env.BENCH_URLS) {
  process.on("disconnect", () => process.exit(0));
  await behind(process.env.BENCH_URLS.split(","));
} else
  await peer({
    async serve() {
      const [own, other, http] = [await freePort(), await freePort(), await freePort()];
      const urls = [`127.0.0.1:${own}/front`, `127.0.0.1:${other}/behind`];
      const child = fork(process.argv[1], { env: { ...process.env, BENCH_URLS: urls.join(",") } });
      process.on("exit", () => child.kill("SIGKILL"));
      const node = broker("front", own, urls);
      const routes = [{ path: "/", bodyParsers: { json: true }, aliases: { "POST /rpc": "greeter.hello" } }];
      node.createService({ mixins: [web], settings: { port: http, ip: "127.0.0.1", routes } });
      await node.start();
      await node.waitForServices("greeter", 20_000);
      return `127.0.0.1:${http}`;
    },
    connect: async () => ({}),
  });
