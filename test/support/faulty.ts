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
const revocable = Proxy.revocable({}, {});
revocable.revoke();
const circular: Error & { self?: unknown } = new Error("circular");
circular.cause = new Error("its cause", { cause: circular });
circular.self = circular;
const refuse = () => {
  throw new Error("a trap");
};
const traps = { get: refuse, has: refuse, ownKeys: refuse, getPrototypeOf: refuse };
const formatted = new Error("getters");
// Node writes the stack when it is first read, or defined anew, and asks for the message then.
void formatted.stack;
/** What handlers may throw, however odd. */
const thrown: Readonly<Record<string, unknown>> = {
  frozen: Object.freeze(new Error("frozen")),
  proxy: new Proxy(new Error("behind a proxy"), traps),
  liar: new Proxy({}, { get: () => true }),
  endless: new Proxy(() => undefined, { get: (_, __, self) => self }),
  revoked: revocable.proxy,
  getters: Object.defineProperties(formatted, {
    message: { get: refuse },
    stack: { get: refuse },
    cause: { get: refuse },
    more: { get: refuse, enumerable: true },
  }),
  circular,
  bare: Object.create(null),
  json: { toJSON: refuse },
  symbol: Symbol("thrown"),
  big: 1n,
  null: null,
  undefined: undefined,
  text: "only text",
};
faulty.handle("Throw.It", {}, async (request) => {
  throw thrown[(request as { what: string }).what];
});
faulty.handle("Throw.Now", {}, (request) => {
  throw thrown[(request as { what: string }).what];
});
faulty.handle("Throw.Credentials", {}, async (request, context) => {
  const { metadata } = context;
  const { token } = request as { token: string };
  const headers = { ...metadata, "X-Micro-Sidecar-Token": token, "X-Consul-Token": token };
  const answer = { headers, rawHeaders: Object.entries(headers).flat(), password: token };
  throw Object.assign(new Error(`GET /?token=${token}: Authorization: ${metadata.Authorization}`), {
    metadata,
    request: { ...answer, body: { client_secret: token } },
    response: answer,
    kept: "shown",
  });
});
// It would keep the process alive.
setInterval(() => {}, 1000);

await faulty.run();
