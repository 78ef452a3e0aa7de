import type { HttpServer } from "../../src/http/listener/listener.js";
import type { HttpOptions } from "../../src/http/options.js";
import type { Registry } from "../../src/registry/index.js";
import type { MicroService } from "../../src/service/index.js";
import { sidecar } from "../../src/sidecar/index.js";
import { Backend } from "./backend.js";
import { Dashboards } from "./dashboard.js";
import { Gateways } from "./gateway.js";
import { addEcho } from "./programs/api-echo.js";
import { Http2Way, tlsFiles, type Way, waysOfHttp1 } from "./ways.js";

const rpc = {
  method: "POST",
  path: "/rpc",
  body: '{"service":"go.micro.api.echo","method":"Echo.Call","request":{}}',
  headers: [["Content-Type", "application/json"]],
} as const;
const api = { path: "/echo/echo/call" };
const proxied = { path: "/shop/x" };

type Asked = Parameters<Way>[0];

/** Every way for a header of a client to come to a service: gateway, sidecar, dashboard, and both proxies. */
export class PassedOn implements AsyncDisposable {
  readonly #gateways = new Gateways();
  readonly #dashboards = new Dashboards();
  readonly #owned: AsyncDisposable[] = [];
  readonly #ways: [name: string, ask: Way, asked: Asked][] = [];

  static async open(): Promise<PassedOn> {
    const opened = new PassedOn();
    const { tls, certificate, ...files } = await tlsFiles();
    opened.#owned.push(files);
    await opened.#services();
    for (const [name, asked, open] of opened.#programs()) {
      opened.#add(name, asked, Object.entries(waysOfHttp1(await open({}))));
      const http2 = new Http2Way(await open({ tls }), certificate);
      opened.#owned.push(http2);
      opened.#add(name, asked, [["HTTP/2", http2.ask]]);
    }
    return opened;
  }

  /** Sends `headers` each way, and tells what the service was given. */
  async ask(headers: readonly (readonly [string, string])[]): Promise<ReadonlyMap<string, string>> {
    const given = new Map<string, string>();
    for (const [name, ask, asked] of this.#ways) {
      const { status, body } = await ask({ ...asked, headers: [...headers, ...(asked.headers ?? [])] });
      if (status !== 200) throw new Error(`${name}: ${status} ${body}`);
      given.set(name, body);
    }
    return given;
  }

  #add(name: string, asked: Asked, ways: readonly (readonly [string, Way])[]): void {
    for (const [way, ask] of ways) this.#ways.push([`${name}, ${way}`, ask, asked]);
  }

  #programs(): [string, Asked, (options: Partial<HttpOptions>) => Promise<HttpServer>][] {
    const gateways = this.#gateways;
    const dashboards = this.#dashboards;
    const open = (options: Partial<HttpOptions>) => gateways.open(options);
    const beside = async (options: Partial<HttpOptions>) => {
      const http = await sidecar(gateways.service("go.micro.sidecar"), { ...local, ...options });
      this.#owned.push({ [Symbol.asyncDispose]: () => http.close() });
      return http;
    };
    return [
      ["gateway, /rpc", rpc, open],
      ["gateway, api", api, open],
      ["gateway, proxy", proxied, (options) => gateways.open({ handler: "proxy", ...options })],
      ["sidecar", rpc, beside],
      ["dashboard, /rpc", rpc, (options) => dashboards.open(options)],
      ["dashboard, proxy", proxied, (options) => dashboards.open(options)],
    ];
  }

  async #services(): Promise<void> {
    await this.#gateways.run(echo(this.#gateways.service("go.micro.api.echo")));
    await echo(this.#dashboards.service("go.micro.api.echo")).start();
    const answering = (registry: Registry, name: string) =>
      Backend.answering(registry, name, (head) => {
        return `HTTP/1.1 200 OK\r\nContent-Length: ${head.length}\r\n\r\n${head}`;
      });
    this.#owned.push(await answering(this.#gateways.registry, "go.micro.api.shop"));
    this.#owned.push(await answering(this.#dashboards.registry, "go.micro.web.shop"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const one of this.#owned.reverse()) await one[Symbol.asyncDispose]();
    await this.#gateways[Symbol.asyncDispose]();
    await this.#dashboards[Symbol.asyncDispose]();
  }
}

const local = { address: "127.0.0.1:0" };

function echo(made: MicroService): MicroService {
  addEcho(made, "Echo");
  return made;
}
