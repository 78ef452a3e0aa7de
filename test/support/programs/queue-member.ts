// One member of a queue under test: writes a line for each message, before it acknowledges.
import { openBroker } from "../../../src/broker/index.js";
import { openRegistry } from "../../../src/registry/index.js";

const { BROKER = "http", BROKER_ADDRESS, REGISTRY_ADDRESS, TOPIC = "", QUEUE } = process.env;
const registry = await openRegistry("consul", {
  addresses: REGISTRY_ADDRESS ? [REGISTRY_ADDRESS] : undefined,
});
const addresses = BROKER_ADDRESS ? [BROKER_ADDRESS] : undefined;
const broker = await openBroker(BROKER, { addresses, registry, ackWait: 1000 });
await broker.subscribe(
  TOPIC,
  async ({ message }) => {
    process.stdout.write(`got ${Buffer.from(message.body)}\n`);
  },
  { queue: QUEUE },
);
process.stdout.write("ready\n");
