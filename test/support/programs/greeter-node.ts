// One node of go.micro.srv.greeter under test: logs a line for each handler run, so that a checker can count them.
import { setTimeout as wait } from "node:timers/promises";
import { service } from "../../../src/service/index.js";

const greeter = service({ name: "go.micro.srv.greeter", version: "1.0.0", drainDelay: 500 });
let delay = Number(process.env.DELAY ?? 0);

async function hello(request: unknown): Promise<{ msg: string; node: number }> {
  const { name, call } = request as { name?: string; call?: string };
  if (delay > 0) await wait(delay);
  if (call !== undefined) process.stdout.write(`ran ${call}\n`);
  return { msg: `Hello ${name}`, node: process.pid };
}

greeter.handle("Say.Hello", { metadata: { idempotent: "true" } }, hello);
greeter.handle("Say.Once", {}, hello);
// holds up the event loop, as a handler with much to compute does
greeter.handle("Say.Block", {}, (request) => {
  const end = performance.now() + (request as { ms: number }).ms;
  while (performance.now() < end);
  return {};
});
// SIGUSR2 makes this node slow, and a second one makes it quick again
process.on("SIGUSR2", () => {
  delay = delay > 0 ? 0 : 500;
});

await greeter.run();
