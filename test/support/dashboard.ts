import { MemoryBroker } from "../../src/broker/memory.js";
import { MemoryRegistry, MemoryStore } from "../../src/registry/memory/memory.js";
import { type MicroService, type ServiceOptions, service } from "../../src/service/index.js";
import { type WebOptions, type WebServer, web } from "../../src/web/index.js";

/** A dashboard over a registry in memory, with services of this process to look at. */
export class Dashboards implements AsyncDisposable {
  readonly store = new MemoryStore();
  readonly registry = new MemoryRegistry(this.store);
  readonly broker = new MemoryBroker();
  readonly #services: MicroService[] = [];
  readonly #http: WebServer[] = [];

  /** Makes a service; add its handlers, then `start` it. */
  service(name: string, options: Partial<ServiceOptions> = {}): MicroService {
    const { registry, broker } = this;
    const made = service({ name, registry, broker, drainDelay: 0, argv: [], env: {}, ...options });
    this.#services.push(made);
    return made;
  }

  async open(options: WebOptions = {}): Promise<WebServer> {
    const http = await web(this.service("go.micro.web"), { address: "127.0.0.1:0", ...options });
    this.#http.push(http);
    return http;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const http of this.#http) await http.close();
    for (const made of this.#services) await made.close();
    await this.broker.close();
    await this.registry.close();
  }
}
