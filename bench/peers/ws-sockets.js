// A bare `ws` server that broadcasts frames of the same content as the sidecar's, written once for all sockets.
import { WebSocketServer } from "ws";
import { peer } from "./peer.js";
import { batch, message, readers } from "./sockets.js";

const contentType = { "Content-Type": "application/json", "Micro-Topic": "bench" };

async function listen(onMessage, options = {}) {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0, ...options });
  await new Promise((resolve) => server.once("listening", resolve));
  server.on("connection", (socket) => socket.on("message", () => onMessage(socket)));
  return { server, address: `127.0.0.1:${server.address().port}` };
}

await peer({
  async serve() {
    const { server, address } = await listen((socket) => socket.send('{"op":"subscribed"}'), {
      handleProtocols: ([protocol]) => protocol,
    });
    let seq = 0;
    const asked = await listen(() => {
      for (let n = 0; n < batch; n++) {
        seq++;
        const body = JSON.stringify(message(n));
        const frame = { op: "message", seq, topic: "bench", header: contentType, body, encoding: "utf8" };
        const text = JSON.stringify(frame);
        for (const socket of server.clients) socket.send(text);
      }
    });
    return `${address},${asked.address},bench`;
  },
  connect: readers,
});
