// Shared by all peers: `node PEER.js server` reports where it listens. `node PEER.js client ADDRESS` does the work that
// it receives over the process channel, and reports how much it did.
import { performance } from "node:perf_hooks";

/**
 * @param {{serve: (work: string) => Promise<string>, connect: (address: string, work: string) => Promise<object>}} peer
 * `connect` returns the functions to measure, by name of the work.
 */
export async function peer({ serve, connect }) {
  const [, , role, work, address] = process.argv;
  process.on("disconnect", () => process.exit(0));
  if (role === "server") {
    process.send({ ready: await serve(work) });
    return;
  }
  const works = await connect(address, work);
  process.on("message", async ({ run }) => {
    try {
      process.send({ done: await measure(works[run.work], run) });
    } catch (error) {
      process.send({ failed: error.stack ?? String(error) });
    }
  });
  process.send({ ready: address });
}

/** Calls `once` in `callers` loops for `ms` milliseconds. Its result is the number of units (default one). */
async function measure(once, { callers, ms }) {
  if (!once) throw new Error("this peer does not do that");
  let count = 0;
  let n = 0;
  const start = performance.now();
  const end = start + ms;
  const loop = async () => {
    while (performance.now() < end) {
      const units = await once(n++);
      count += units ?? 1;
    }
  };
  await Promise.all(Array.from({ length: callers }, loop));
  return { count, ms: performance.now() - start };
}

export const name = "John";
export const expected = "Hello John";

/** Throws for a wrong answer, so that a broken peer does not count as fast. */
export function check(reply) {
  if (reply?.msg !== expected) throw new Error(`wrong reply ${JSON.stringify(reply)}`);
}

export function port(server) {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve(`127.0.0.1:${server.address().port}`));
  });
}
