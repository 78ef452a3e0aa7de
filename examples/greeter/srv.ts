import { service } from "micro-toolkit";
import { z } from "zod";

const greeter = service({ name: "go.micro.srv.greeter", version: "1.0.0" });

greeter.handle(
  "Say.Hello",
  {
    request: z.object({ name: z.string() }),
    response: z.object({ msg: z.string() }),
    metadata: { idempotent: "true" },
  },
  async ({ name }) => ({ msg: `Hello ${name}` }),
);

await greeter.run();
