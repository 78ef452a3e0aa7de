import { agent } from "../../../src/agent/index.js";
import type { HttpServer } from "../../../src/http/listener/listener.js";
import { type MicroService, type ServiceOptions, service } from "../../../src/service/index.js";

/** An embedded registry of its own, and services in this process that use it. */
export class System implements AsyncDisposable {
  readonly #agent: HttpServer;
  readonly #services: MicroService[] = [];

  private constructor(server: HttpServer) {
    this.#agent = server;
  }

  static async open(): Promise<System> {
    return new System(await agent({ address: "127.0.0.1:0" }));
  }

  /** `host:port` of the registry. */
  get registry(): string {
    return this.#agent.address;
  }

  /** A service that is registered once it is given handlers and started. */
  service(name: string, options: Pick<ServiceOptions, "version" | "tls"> = {}): MicroService {
    const made = service({
      ...options,
      name,
      registryAddress: [this.registry],
      drainDelay: 0,
      argv: [],
      env: {},
      log: undefined,
    });
    this.#services.push(made);
    return made;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const each of this.#services) await each.close();
    await this.#agent.close();
  }
}
