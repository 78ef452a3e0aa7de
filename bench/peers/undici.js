// JSON over HTTP/1.1: a node:http server, and undici with a connection pool as client.
import { Pool } from "undici";
import { echo } from "./echo.js";
import { check, name, peer } from "./peer.js";

const type = "application/json";

await peer({
  serve: echo,
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
