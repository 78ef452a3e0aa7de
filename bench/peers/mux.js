// The mux protocol alone, with JSON. The difference to `micro` is the cost of client and server above it.
import { HttpTransport } from "../../dist/transport/http/transport.js";
import { mux } from "../../dist/transport/mux/mux.js";
import { check, name, peer } from "./peer.js";

const transport = new HttpTransport({ upgrade: mux });
const header = {
  "Content-Type": "application/json",
  "Micro-Service": "greeter",
  "Micro-Method": "Say.Hello",
  "Micro-Endpoint": "Say.Hello",
};
const replyHeader = { "Content-Type": "application/json" };
const parse = ({ body }) => JSON.parse(body.toString());

await peer({
  async serve() {
    const listener = await transport.listen("127.0.0.1:0", {
      opensStream: () => false,
      call: async (request) => ({
        header: replyHeader,
        body: Buffer.from(JSON.stringify({ msg: `Hello ${parse(request).name}` })),
      }),
      stream: async () => {},
    });
    return listener.address;
  },
  async connect(address) {
    const connection = await transport.dial(address, { mux: true });
    const ask = async (header) => {
      const body = Buffer.from(JSON.stringify({ name }));
      check(parse(await connection.call({ header, body }, { timeout: 5000 })));
    };
    return {
      rpc: () => ask(header),
      metadata: (n) => ask({ ...header, "X-Request-Id": `request-${n}`, "X-User": `user-${n % 1000}` }),
    };
  },
});
