import { MemoryBroker, MemoryExchange } from "../../src/broker/memory.js";
import { brokerSuite } from "../../src/testing/broker/broker.js";

const exchange = new MemoryExchange();

brokerSuite("memory", async ({ timeout } = {}) => new MemoryBroker(exchange, undefined, timeout), {
  acknowledges: true,
});
