// This toolkit's sidecar: a service in its process publishes, the sockets subscribe at `/broker`.
import { WebSocketServer } from "ws";
import { silent } from "../../dist/core/log/log.js";
import { service } from "../../dist/service/index.js";
import { sidecar } from "../../dist/sidecar/index.js";
import { peer } from "./peer.js";
import { batch, message, readers } from "./sockets.js";

await peer({
  async serve() {
    // A unique name, because the registry still has those of the last run.
    const topic = `bench-${process.pid}`;
    const own = { argv: [], env: process.env, drainDelay: 0, log: silent };
    const node = service({ ...own, name: "go.micro.sidecar" });
    await node.broker.connect();
    const http = await sidecar(node, { address: "127.0.0.1:0" });
    const asked = new WebSocketServer({ host: "127.0.0.1", port: 0 });
    await new Promise((resolve) => asked.once("listening", resolve));
    asked.on("connection", (socket) =>
      socket.on("message", async () => {
        const sent = [];
        for (let n = 0; n < batch; n++) sent.push(node.client.publish(topic, message(n)));
        await Promise.all(sent);
      }),
    );
    return `${new URL(http.url).host}/broker,127.0.0.1:${asked.address().port},${topic}`;
  },
  connect: readers,
});
