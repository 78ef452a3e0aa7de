// The receiving end of a broadcast over WebSockets: one or ten sockets. Another socket requests the next batch, which
// counts when every socket has received all of it.
import { once } from "node:events";
import { WebSocket } from "ws";

export const batch = 250;
export const message = (n) => ({ n, text: "Hello John" });
const protocol = "micro.broker.v1";

/** `address`: `host:port/path` of the broadcast, `host:port` of the control socket, and the topic, comma-separated. */
export async function readers(address, work) {
  const [broadcast, asked, topic] = address.split(",");
  const count = work === "ten" ? 10 : 1;
  const waiting = [];
  let heard = 0;
  const hear = (data) => {
    if (JSON.parse(data).op !== "message") return;
    if (++heard % (batch * count) === 0) waiting.shift()();
  };
  for (let i = 0; i < count; i++) await reader(`ws://${broadcast}`, topic, hear);
  const asking = new WebSocket(`ws://${asked}`);
  await once(asking, "open");
  return {
    publish: async () => {
      const all = new Promise((resolve) => waiting.push(resolve));
      asking.send("next");
      await all;
      return batch * count;
    },
  };
}

/** Resolves once subscribed. */
async function reader(url, topic, hear) {
  const socket = new WebSocket(url, protocol);
  const subscribed = new Promise((resolve) => {
    socket.on("message", (data) => {
      if (String(data).includes('"subscribed"')) resolve();
    });
  });
  await once(socket, "open");
  socket.send(JSON.stringify({ op: "subscribe", topic }));
  await subscribed;
  socket.on("message", hear);
}
