// @fastify/http-proxy, which answers what the upstream answers.
import proxy from "@fastify/http-proxy";
import fastify from "fastify";
import { peer } from "./peer.js";

await peer({
  async serve() {
    const app = fastify();
    app.register(proxy, { upstream: `http://${process.env.BENCH_UPSTREAM}` });
    return (await app.listen({ port: 0, host: "127.0.0.1" })).replace("http://", "");
  },
  connect: async () => ({}),
});
