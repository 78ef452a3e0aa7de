// This toolkit, through its public API with all defaults: registry, selector, deadline, outlier detection, counts. No
// schema, because the peers have none.

import { silent } from "../../dist/core/log/log.js";
import { service } from "../../dist/service/index.js";
import { check, name, peer } from "./peer.js";

const messages = 1000;
const own = { argv: [], env: process.env, drainDelay: 0, log: silent };
const registered = "go.micro.srv.greeter";

await peer({
  async serve() {
    const greeter = service({ ...own, name: registered });
    greeter.handle("Say.Hello", {}, async ({ name }) => ({ msg: `Hello ${name}` }));
    greeter.stream("Say.Many", {}, async function* (requests) {
      for await (const { name, count } of requests) {
        for (let i = 0; i < count; i++) yield { msg: `Hello ${name}` };
        return;
      }
    });
    greeter.stream("Say.Echo", {}, async function* (requests) {
      for await (const { name } of requests) yield { msg: `Hello ${name}` };
    });
    greeter.run().catch((error) => console.error(error));
    for (;;) {
      const found = await greeter.registry.getService(registered).catch(() => undefined);
      if (found && greeter.server.address !== "") return greeter.server.address;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  },
  async connect() {
    const { client } = service({ ...own, name: "go.micro.bench" });
    const waiting = [];
    let echo;
    const read = async () => {
      for await (const reply of echo) waiting.shift()(reply);
    };
    return {
      rpc: async () => check(await client.call(registered, "Say.Hello", { name })),
      metadata: async (n) => {
        const metadata = { "X-Request-Id": `request-${n}`, "X-User": `user-${n % 1000}` };
        check(await client.call(registered, "Say.Hello", { name }, { metadata }));
      },
      server: async () => {
        const stream = await client.stream(registered, "Say.Many");
        await stream.send({ name, count: messages });
        let got = 0;
        for await (const _ of stream) got++;
        return got;
      },
      both: async () => {
        if (!echo) {
          echo = await client.stream(registered, "Say.Echo");
          read().catch((error) => console.error(error));
        }
        const reply = new Promise((resolve) => waiting.push(resolve));
        await echo.send({ name });
        check(await reply);
      },
    };
  },
});
