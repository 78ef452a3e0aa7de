import { describe } from "node:test";
import { MdnsRegistry } from "../../src/registry/mdns/mdns.js";
import { registrySuite } from "../../src/testing/registry.js";

/** Not that of mDNS itself, so that the test meets nobody else. */
const port = 20_000 + (process.pid % 20_000);
const open = async () => new MdnsRegistry({ addresses: ["127.0.0.1"], port, collect: 200 });

describe("mdns", () => {
  registrySuite("mdns", open);
});
