// A main thread that ends its worker thread in order at SIGTERM, and a service in that thread: for tests of `run` there.
import { once } from "node:events";
import { isMainThread, parentPort, Worker } from "node:worker_threads";
import { service } from "../../../src/service/index.js";

if (isMainThread) {
  const worker = new Worker(new URL(import.meta.url), { argv: process.argv.slice(2) });
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
