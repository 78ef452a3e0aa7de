// A primary with as many workers as WORKERS says, each the same service: for tests of `node:cluster`.
import cluster from "node:cluster";
import { service } from "../../../src/service/index.js";

if (cluster.isPrimary) {
  const workers = Array.from({ length: Number(process.env.WORKERS) }, () => cluster.fork());
  process.once("SIGTERM", () => {
    for (const worker of workers) worker.process.kill("SIGTERM");
  });
  cluster.on("exit", ({ id }, code, signal) => console.log(`worker ${id} exit ${signal ?? code}`));
} else {
  const id = cluster.worker?.id;
  const node = service({ name: "go.micro.srv.clustered", drainDelay: 0 });
  node.handle("Say.Who", {}, () => ({ id }));
  node.subscribe("clustered", (message) => console.log(`worker ${id} got ${JSON.stringify(message)}`));
  await node.run();
  console.log(`worker ${id} is through`);
}
