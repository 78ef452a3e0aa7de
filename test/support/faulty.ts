// A service under test whose handler leaves behind what it is asked to: a rejected promise, or an error of a timer.
import { setTimeout as wait } from "node:timers/promises";
import { service } from "../../src/service/index.js";

const faulty = service({ name: "go.micro.srv.faulty", drainDelay: 300 });

faulty.handle("Leave.Rejection", {}, async () => {
  void Promise.reject(new Error("left behind"));
  return {};
});
faulty.handle("Leave.Throw", {}, async () => {
  setTimeout(() => {
    throw new Error("thrown later");
  }, 1);
  return {};
});
faulty.handle("Work.Slowly", {}, async () => {
  process.stdout.write("working\n");
  await wait(1000);
  return { done: true };
});
// It would keep the process alive.
setInterval(() => {}, 1000);

await faulty.run();
