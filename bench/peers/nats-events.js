// The bare NATS client: publishing through a nats-server.
import { connect as dial, JSONCodec } from "nats";
import { peer } from "./peer.js";

const batch = 250;
const codec = JSONCodec();
const servers = process.env.BENCH_NATS;

await peer({
  async serve(work) {
    const listeners = work === "ten" ? 10 : 1;
    const connection = await dial({ servers });
    let heard = 0;
    const callback = (_, message) => {
      codec.decode(message.data);
      if (++heard % (batch * listeners) === 0) connection.publish("heard");
    };
    for (let i = 0; i < listeners; i++) connection.subscribe("bench", { callback });
    await connection.flush();
    return servers;
  },
  async connect(_address, work) {
    const listeners = work === "ten" ? 10 : 1;
    const connection = await dial({ servers });
    const waiting = [];
    connection.subscribe("heard", { callback: () => waiting.shift()() });
    await connection.flush();
    return {
      publish: async () => {
        const all = new Promise((resolve) => waiting.push(resolve));
        for (let i = 0; i < batch; i++)
          connection.publish("bench", codec.encode({ n: i, text: "Hello John" }));
        await all;
        return batch * listeners;
      },
    };
  },
});
