// Programs of one host as processes: `api`, `web` or `sidecar`, or so many services of which each calls one that is known.
import { api } from "../../../src/api/index.js";
import type { Closeable } from "../../../src/core/closeable.js";
import { openLog } from "../../../src/core/log/open-log.js";
import { type MicroService, service } from "../../../src/service/index.js";
import { sidecar } from "../../../src/sidecar/index.js";
import { web } from "../../../src/web/index.js";

const [program = "", count = "0"] = process.argv.slice(2);
const open = (name: string): MicroService => service({ name, argv: [], drainDelay: 0 });
const own: Closeable[] = [];

if (program === "services")
  for (let n = 0; n < Number(count); n++) {
    const made = open(`go.micro.srv.own-${process.pid}-${n}`);
    made.handle("Say.Hello", {}, async () => ({}));
    own.unshift(made);
    await made.start();
    await made.catalog.load(`go.micro.srv.s${n}`);
  }
else {
  const options = { address: "127.0.0.1:0", log: await openLog({ level: "info" }) };
  const made = open(`go.micro.${program}`);
  const programs = {
    api: () => api(made, options),
    web: () => web(made, options),
    sidecar: () => sidecar(made, options),
  };
  const http = await programs[program as keyof typeof programs]();
  await made.start();
  own.push(http, made);
  console.log(`at http://${http.address}`);
}
console.log("ready");

process.once("SIGTERM", async () => {
  for (const each of own) await each.close();
});
