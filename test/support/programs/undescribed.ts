// A service that brings no log of its own, and whose types no registry can be told of.
import { service } from "../../../src/service/index.js";

const vague = service({ name: "go.micro.srv.vague", registry: "memory", broker: "memory", drainDelay: 0 });
const type = {
  "~standard": { version: 1, vendor: "own", validate: (value: unknown) => ({ value }) },
} as const;
vague.handle("S.Get", { request: type }, () => ({}));
vague.subscribe("told", () => {}, { type });
await vague.run();
