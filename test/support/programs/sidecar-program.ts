// A sidecar as a process of its own, for tests that kill it or weigh it. Settings: variables of the environment.
import { service } from "../../../src/service/index.js";
import { sidecar } from "../../../src/sidecar/index.js";

const { SIDECAR_ADDRESS = "127.0.0.1:0", REGISTRY, APP_ADDRESS = "", APP_HEALTH } = process.env;

const own = service({
  name: "go.micro.sidecar",
  registry: REGISTRY ? "consul" : "memory",
  ...(REGISTRY && { registryAddress: [REGISTRY] }),
  broker: "memory",
  drainDelay: 0,
  argv: [],
  env: {},
});
const app = { name: "foo.app", address: APP_ADDRESS, healthcheckUrl: APP_HEALTH, interval: 200 };
const http = await sidecar(own, { address: SIDECAR_ADDRESS, ...(APP_ADDRESS && { app }) });
console.log(`ready ${http.address}`);

process.once("SIGTERM", async () => {
  await http.close();
  await own.close();
});
