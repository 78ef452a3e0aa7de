// JSON over HTTP/1.1: node:http serves, undici asks with a pool of connections.
import { createServer } from "node:http";
import { Pool } from "undici";
import { check, name, peer, port } from "./peer.js";

const type = "application/json";

await peer({
  serve: () =>
    port(
      createServer((request, response) => {
        const chunks = [];
        request.on("data", (chunk) => chunks.push(chunk));
        request.on("end", () => {
          const { name } = JSON.parse(Buffer.concat(chunks).toString());
          const body = JSON.stringify({ msg: `Hello ${name}` });
          response.writeHead(200, { "content-type": type, "content-length": body.length });
          response.end(body);
        });
      }),
    ),
  connect: async (address) => {
    const pool = new Pool(`http://${address}`, { connections: 64 });
    const ask = async (headers) => {
      const { body } = await pool.request({
        path: "/",
        method: "POST",
        headers: { "content-type": type, ...headers },
        body: JSON.stringify({ name }),
      });
      check(await body.json());
    };
    return {
      rpc: () => ask({}),
      metadata: (n) => ask({ "x-request-id": `request-${n}`, "x-user": `user-${n % 1000}` }),
    };
  },
});
