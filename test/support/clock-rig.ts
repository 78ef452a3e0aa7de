// A registry, three nodes and their callers, in processes whose wall clock the test moves. Says how it is, again and again, one
// JSON line each time, and ends with its standard input.
import { Rig } from "../faults/rig.js";

const rig = await Rig.open(3, { MICRO_REGISTER_TTL: "3s", MICRO_REGISTER_INTERVAL: "1s" });
const changes: string[] = [];
void (async () => {
  const service = "go.micro.srv.greeter";
  for await (const { action } of rig.caller.catalog.changes({ service })) changes.push(action);
})();
const load = rig.call(6);
const telling = setInterval(() => {
  const lost = rig.calls.filter(({ error }) => error !== undefined);
  const line = {
    wall: Date.now(),
    monotonic: performance.now(),
    pids: rig.nodes.map(({ pid }) => pid),
    answered: rig.calls.length - lost.length,
    lost: lost.map(({ start, error }) => ({ start, reason: error?.reason ?? error?.message })),
    changes,
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}, 100);
process.stdin.resume().once("end", async () => {
  clearInterval(telling);
  await rig[Symbol.asyncDispose]();
  await load;
});
