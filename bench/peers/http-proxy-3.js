// http-proxy-3 with a keep-alive agent.
import { Agent, createServer } from "node:http";
import { createProxyServer } from "http-proxy-3";
import { peer, port } from "./peer.js";

await peer({
  serve() {
    const agent = new Agent({ keepAlive: true, maxSockets: 64 });
    const proxy = createProxyServer({ target: `http://${process.env.BENCH_UPSTREAM}`, agent });
    proxy.on("error", (_error, _request, response) => response.end());
    return port(createServer((request, response) => proxy.web(request, response)));
  },
  connect: async () => ({}),
});
