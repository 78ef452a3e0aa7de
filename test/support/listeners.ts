import { agent } from "../../src/agent/index.js";
import type { HttpServer } from "../../src/http/listener/listener.js";
import { type HttpOptions, httpServer } from "../../src/http/server.js";
import { webSockets } from "../../src/http/stream/websocket.js";
import { sidecar } from "../../src/sidecar/index.js";
import { web } from "../../src/web/index.js";
import { Gateways } from "./gateway.js";

/** One listener of each program, on what they all share. */
export interface Listeners extends AsyncDisposable {
  readonly all: readonly (readonly [name: string, http: HttpServer])[];
}

/** What a guard must keep the requests of an attack from. */
export interface Reached {
  count: number;
}

/** The shared server with a route that counts who reaches it: `/counted` by any method, and as a WebSocket. */
export async function counted(reached: Reached, options: Partial<HttpOptions> = {}): Promise<HttpServer> {
  const http = await httpServer({ name: "go.micro.test", address: "127.0.0.1:0", ...options });
  await webSockets(http.app);
  http.app.register(async (app) => {
    app.route({
      method: "GET",
      url: "/counted",
      handler: async () => {
        reached.count++;
        return { reached: true };
      },
      wsHandler: (socket) => {
        reached.count++;
        socket.close(1000);
      },
    });
    app.route({
      method: ["POST", "PUT", "DELETE", "PATCH"],
      url: "/counted",
      handler: async () => {
        reached.count++;
        return { reached: true };
      },
    });
  });
  await http.listen();
  return http;
}

/** Opens all programs with the same options. */
export async function openListeners(options: Partial<HttpOptions> = {}): Promise<Listeners> {
  const gateways = new Gateways();
  const reached = { count: 0 };
  const shared = await counted(reached, options);
  const { name: _, requestHandler: __, ...rest } = options;
  const gateway = await gateways.open(rest);
  const beside = await sidecar(gateways.service("go.micro.sidecar"), { address: "127.0.0.1:0", ...rest });
  const dashboard = await web(gateways.service("go.micro.web"), { address: "127.0.0.1:0", ...rest });
  const registry = await agent({ address: "127.0.0.1:0", ...rest });
  return {
    all: [
      ["shared", shared],
      ["api", gateway],
      ["sidecar", beside],
      ["web", dashboard],
      ["agent", registry],
    ],
    async [Symbol.asyncDispose]() {
      await Promise.all([shared, beside, dashboard, registry].map((http) => http.close()));
      await gateways[Symbol.asyncDispose]();
    },
  };
}

/** The headers of a WebSocket handshake, without Host. */
export const handshake = [
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
] as const;
