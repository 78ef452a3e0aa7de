// The limit: length-prefixed JSON on one TCP connection, ids to match replies, writes gathered per turn; no limits, no
// deadlines, no errors.
import { createServer, connect as dial } from "node:net";
import { check, name, peer, port } from "./peer.js";

/** Sends JSON values in batches, and passes received ones to `take`. */
function wire(socket, take) {
  socket.setNoDelay(true);
  let rest = Buffer.alloc(0);
  socket.on("data", (chunk) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    while (bytes.length - at >= 8) {
      const length = bytes.readUInt32BE(at);
      if (bytes.length - at < 8 + length) break;
      take(bytes.readUInt32BE(at + 4), JSON.parse(bytes.toString("utf8", at + 8, at + 8 + length)));
      at += 8 + length;
    }
    rest = at === bytes.length ? Buffer.alloc(0) : bytes.subarray(at);
  });
  let slab = Buffer.allocUnsafeSlow(65536);
  let from = 0;
  let at = 0;
  let scheduled = false;
  const flush = () => {
    scheduled = false;
    socket.write(slab.subarray(from, at));
    from = at;
  };
  return (id, value) => {
    const text = JSON.stringify(value);
    const most = 8 + 3 * text.length;
    if (at + most > slab.length) {
      if (scheduled) flush();
      slab = Buffer.allocUnsafeSlow(65536);
      from = 0;
      at = 0;
    }
    const length = slab.write(text, at + 8);
    slab.writeUInt32BE(length, at);
    slab.writeUInt32BE(id, at + 4);
    at += 8 + length;
    if (scheduled) return;
    scheduled = true;
    process.nextTick(flush);
  };
}

const messages = 1000;

await peer({
  serve: (work) =>
    port(
      createServer((socket) => {
        const send = wire(socket, (id, request) => {
          if (work !== "stream") send(id, { msg: `Hello ${request.name}` });
          else for (let i = 0; i < (request.count ?? 1); i++) send(id, { msg: "Hello John" });
        });
        socket.on("error", () => {});
      }),
    ),
  connect: async (address) => {
    const socket = dial(Number(address.split(":")[1]), "127.0.0.1");
    const waiting = new Map();
    let id = 0;
    const send = wire(socket, (to, reply) => waiting.get(to)(reply));
    const ask = (request, replies) =>
      new Promise((resolve) => {
        const to = ++id;
        let left = replies;
        waiting.set(to, (reply) => {
          if (--left > 0) return;
          waiting.delete(to);
          resolve(reply);
        });
        send(to, request);
      });
    const metadata = (n) => ({ "X-Request-Id": `request-${n}`, "X-User": `user-${n % 1000}` });
    return {
      rpc: async () => check(await ask({ name }, 1)),
      metadata: async (n) => check(await ask({ name, metadata: metadata(n) }, 1)),
      server: async () => {
        await ask({ name, count: messages }, messages);
        return messages;
      },
      both: async () => check(await ask({ name }, 1)),
    };
  },
});
