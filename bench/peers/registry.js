// The embedded registry, in a process of its own, as `micro agent` runs it.
import { agent } from "../../dist/agent/index.js";
import { silent } from "../../dist/core/log/log.js";
import { peer } from "./peer.js";

await peer({
  serve: async () => (await agent({ address: "127.0.0.1:0", log: silent })).address,
  connect: async () => ({}),
});
