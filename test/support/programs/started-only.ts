// A service that is started, not run, and calls itself: what its handler threw is in the log all the same.
import { service } from "../../../src/service/index.js";

const started = service({
  name: "go.micro.srv.started",
  registry: "memory",
  broker: "memory",
  drainDelay: 0,
});
started.handle("Throw.It", {}, () => {
  throw new Error("what only the log says");
});
await started.start();
const failed = await started.client
  .call("go.micro.srv.started", "Throw.It", {})
  .catch((error: Error) => error);
console.log(String(failed));
await started.close();
