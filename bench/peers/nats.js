// The bare NATS client: request and reply, and publishing, through a nats-server.
import { connect as dial, JSONCodec } from "nats";
import { check, name, peer } from "./peer.js";

const codec = JSONCodec();
const servers = process.env.BENCH_NATS;

await peer({
  async serve() {
    const connection = await dial({ servers });
    connection.subscribe("greeter", {
      callback: (_, message) =>
        message.respond(codec.encode({ msg: `Hello ${codec.decode(message.data).name}` })),
    });
    await connection.flush();
    return servers;
  },
  async connect() {
    const connection = await dial({ servers });
    return {
      rpc: async () =>
        check(codec.decode((await connection.request("greeter", codec.encode({ name }))).data)),
    };
  },
});
