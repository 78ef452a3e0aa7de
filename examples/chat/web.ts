// A web app behind `micro web`: open /chat in two browsers and talk. Every node receives all messages through a topic.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { formatAddress, loopbackAddress, service } from "micro-toolkit";
import { type WebSocket, WebSocketServer } from "ws";
import { z } from "zod";
import { page, script, style } from "./page.js";

const topic = "go.micro.topic.chat";
const Message = z.object({ name: z.string().max(40), text: z.string().max(500) });

const app = createServer((request, response) => {
  const given = String(request.headers["x-micro-web-base-path"] ?? "");
  const base = /^\/[a-zA-Z0-9]+$/.test(given) ? given : "";
  const answer = (type: string, body: string) => response.writeHead(200, { "Content-Type": type }).end(body);
  if (request.url === "/") answer("text/html; charset=utf-8", page(base));
  else if (request.url === "/chat.js") answer("text/javascript", script);
  else if (request.url === "/chat.css") answer("text/css", style);
  else response.writeHead(404).end();
});
app.listen(0, loopbackAddress());
await once(app, "listening");

const { address: host, port } = app.address() as AddressInfo;
const chat = service({
  name: "go.micro.web.chat",
  version: "1.0.0",
  advertise: formatAddress({ host, port }),
});

const people = new Set<WebSocket>();
chat.subscribe(
  topic,
  async (message) => {
    for (const socket of people) socket.send(JSON.stringify(message));
  },
  { type: Message },
);

const sockets = new WebSocketServer({
  server: app,
  path: "/live",
  maxPayload: 4096,
  perMessageDeflate: false,
});
sockets.on("connection", (socket) => {
  people.add(socket);
  socket.on("error", () => socket.terminate());
  socket.on("close", () => people.delete(socket));
  socket.on("message", (data) => {
    const message = Message.safeParse(read(String(data)));
    if (message.success) void chat.client.publish(topic, message.data).catch(console.error);
    else socket.close(1008, "not a message");
  });
});

function read(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

await chat.run();
for (const socket of people) socket.terminate();
app.close();
