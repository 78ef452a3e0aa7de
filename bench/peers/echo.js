// The baseline for HTTP servers and clients: node:http that answers JSON with JSON.
import { createServer } from "node:http";
import { port } from "./peer.js";

export function echo() {
  return port(
    createServer((request, response) => {
      const chunks = [];
      request.on("data", (chunk) => chunks.push(chunk));
      request.on("end", () => {
        const { name = "John" } = chunks.length > 0 ? JSON.parse(Buffer.concat(chunks).toString()) : {};
        const body = JSON.stringify({ msg: `Hello ${name}` });
        response.writeHead(200, { "content-type": "application/json", "content-length": body.length });
        response.end(body);
      });
    }),
  );
}
