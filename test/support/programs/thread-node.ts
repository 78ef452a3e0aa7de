// A main thread that ends its worker thread in order at SIGTERM, and a service in that thread: for tests of `run` there.
import { once } from "node:events";
import { isMainThread, parentPort, Worker } from "node:worker_threads";
import { service } from "../../../src/service/index.js";

if (isMainThread) {
  // threads do not take the loader of TypeScript over
  const here = JSON.stringify(import.meta.url);
  const load = `import("tsx/esm/api").then(({ register }) => (register(), import(${here})))`;
  const worker = new Worker(load, { eval: true, argv: process.argv.slice(2) });
  process.once("SIGTERM", () => worker.postMessage("end"));
  const [code] = await once(worker, "exit");
  console.log(`thread exit ${code}`);
} else {
  const node = service({ name: "go.micro.srv.threaded", drainDelay: 0 });
  node.handle("Say.Hello", {}, () => ({}));
  parentPort?.once("message", () => void node.close());
  const ends = new AbortController();
  await node.run(process.argv.includes("--with-signal") ? { signal: ends.signal } : {});
}
