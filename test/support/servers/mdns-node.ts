// A process with one node over mDNS, at the port of mDNS given.
import { MdnsRegistry } from "../../../src/registry/mdns/mdns.js";

const registry = new MdnsRegistry({ addresses: ["127.0.0.1"], port: Number(process.argv[2]) });
const nodes = [{ id: "far-1", address: "127.0.0.1", port: 4001, metadata: { pid: String(process.pid) } }];
await registry.register({ name: "far", version: "1.0.0", metadata: {}, endpoints: [], nodes });
console.log("registered");
process.once("SIGTERM", () => void registry.close());
