// Three workers of a cluster with one node each over mDNS, at the port of mDNS given: each says which nodes it finds.
import cluster from "node:cluster";
import { setTimeout as wait } from "node:timers/promises";
import { MdnsRegistry } from "../../../src/registry/mdns/mdns.js";

const all = [1, 2, 3];

if (cluster.isPrimary) {
  for (const _ of all) cluster.fork();
} else {
  const id = `far-${cluster.worker?.id}`;
  const registry = new MdnsRegistry({
    addresses: ["127.0.0.1"],
    port: Number(process.argv[2]),
    collect: 300,
  });
  const nodes = [{ id, address: "127.0.0.1", port: 4001, metadata: {} }];
  await registry.register({ name: "far", version: "1.0.0", metadata: {}, endpoints: [], nodes });
  for (let found = 0; found < all.length; await wait(100)) {
    const services = await registry.getService("far").catch(() => []);
    found = services.flatMap(({ nodes }) => nodes).length;
  }
  console.log(`${id} found all`);
}
