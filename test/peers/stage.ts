import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { MemoryBroker } from "../../src/broker/memory.js";
import { currentContext } from "../../src/core/context.js";
import type { HttpServer } from "../../src/http/listener/listener.js";
import type { MicroService } from "../../src/service/index.js";
import { sidecar } from "../../src/sidecar/index.js";
import { web } from "../../src/web/index.js";
import { Gateways } from "../support/gateway.js";
import { type Running, start } from "../support/programs/process.js";
import { tlsFiles } from "../support/ways.js";

export const service = "go.micro.srv.peer";

/** What a backend says that it saw of a request. The path and the method only where HTTP is handed on. */
export interface Seen {
  readonly digest: string;
  readonly cookie: string;
  readonly method?: string;
  readonly path?: string;
}

export function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** Every program over one registry, plain and with TLS, and backends for each of their surfaces. */
export class Stage implements AsyncDisposable {
  readonly gateways = new Gateways();
  readonly programs = new Map<string, HttpServer>();
  readonly #broker = new MemoryBroker();
  readonly #children: Running[] = [];
  #files: AsyncDisposable | undefined;

  async open(): Promise<this> {
    const files = await tlsFiles();
    this.#files = files;
    for (const [ending, tls] of [
      ["", undefined],
      [" over TLS", files.tls],
    ] as const) {
      const options = { address: "127.0.0.1:0", ...(tls && { tls }) };
      this.programs.set(`gateway${ending}`, await this.gateways.open(options));
      this.programs.set(`dashboard${ending}`, await web(this.#own("go.micro.web"), options));
      this.programs.set(`sidecar${ending}`, await sidecar(this.#own("go.micro.sidecar"), options));
    }
    await this.#serve();
    return this;
  }

  #own(name: string): MicroService {
    return this.gateways.service(name, { broker: this.#broker });
  }

  program(name: string): HttpServer {
    const found = this.programs.get(name);
    if (!found) throw new Error(`no program ${name}`);
    return found;
  }

  async #serve(): Promise<void> {
    const called = this.#own(service);
    called.handle("Peer.Echo", {}, async (request): Promise<Seen> => {
      const { text = "" } = request as { text?: string };
      return { digest: digest(text), cookie: currentContext()?.metadata.Cookie ?? "" };
    });
    called.stream("Peer.Count", {}, async function* (requests) {
      for await (const request of requests)
        for (let at = 1; at <= (request as { to: number }).to; at++) yield { at };
    });
    const api = this.#own("go.micro.api.peer");
    api.handle("Peer.Echo", {}, async (request) => {
      const { body = "", header = {} } = request as {
        body?: string;
        header?: Record<string, { values: string[] }>;
      };
      const text = body === "" ? "" : String(JSON.parse(body).text);
      const seen: Seen = { digest: digest(text), cookie: header.Cookie?.values.join() ?? "" };
      return { statusCode: 200, body: JSON.stringify(seen) };
    });
    const counted = { path: "/peer/count", method: "GET", handler: "rpc", stream: "true" };
    api.stream("Peer.Count", { metadata: counted }, async function* (requests) {
      for await (const request of requests)
        for (let at = 1; at <= (request as { to: number }).to; at++) yield { at };
    });
    for (const made of [called, api]) await this.gateways.run(made);
  }

  /** Starts a program that prints its port, or a line that ends with it, and puts it behind both proxies as `name`. */
  async behind(name: string, command: string, args: readonly string[], printed = /^(\d+)$/m): Promise<void> {
    const child = start(command, args);
    this.#children.push(child);
    const [, port] = await child.output(printed);
    await this.register(name, Number(port));
  }

  async register(name: string, port: number): Promise<void> {
    for (const namespace of ["go.micro.api", "go.micro.web"])
      await this.gateways.registry.register({
        name: `${namespace}.${name}`,
        version: "1",
        metadata: {},
        endpoints: [],
        nodes: [{ id: `${namespace}.${name}-1`, address: "127.0.0.1", port, metadata: { handler: "proxy" } }],
      });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children) await child[Symbol.asyncDispose]();
    for (const program of this.programs.values()) await program.close();
    await this.gateways[Symbol.asyncDispose]();
    await this.#broker.close();
    await this.#files?.[Symbol.asyncDispose]();
  }
}

/** A file beside this one. */
export function beside(file: string): string {
  return fileURLToPath(new URL(file, import.meta.url));
}
