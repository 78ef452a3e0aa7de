import { transportSuite } from "../../src/testing/transport/transport.js";
import { MemoryNetwork, MemoryTransport } from "../../src/transport/memory.js";

transportSuite("memory", async () => new MemoryTransport(new MemoryNetwork()));
