import type { ApiOptions } from "../../src/api/index.js";
import { api } from "../../src/api/index.js";
import type { HttpServer } from "../../src/http/listener/listener.js";
import { MemoryRegistry } from "../../src/registry/memory/memory.js";
import { type MicroService, type ServiceOptions, service } from "../../src/service/index.js";

/** A gateway over a registry in memory, with services of this process behind it. */
export class Gateways implements AsyncDisposable {
  readonly registry = new MemoryRegistry();
  readonly #stop = new AbortController();
  readonly #running: Promise<void>[] = [];
  readonly #http: HttpServer[] = [];
  readonly #services: MicroService[] = [];

  /** Makes a service; add its handlers, then `run` it. */
  service(name: string, options: Partial<ServiceOptions> = {}): MicroService {
    const made = service({ name, registry: this.registry, drainDelay: 0, argv: [], env: {}, ...options });
    this.#services.push(made);
    return made;
  }

  /** Resolves once the service is registered, with what stops it. */
  async run(backend: MicroService): Promise<() => Promise<void>> {
    const stop = new AbortController();
    const before = await this.#nodes(backend);
    const running = backend.run({ signal: AbortSignal.any([this.#stop.signal, stop.signal]) });
    this.#running.push(running);
    const stopped = () => {
      stop.abort();
      return running;
    };
    const end = performance.now() + 10_000;
    while (performance.now() < end) {
      if ((await this.#nodes(backend)) > before) return stopped;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    throw new Error(`${backend.name} did not register`);
  }

  async #nodes({ name }: MicroService): Promise<number> {
    const versions = await this.registry.getService(name).catch(() => []);
    return versions.flatMap(({ nodes }) => nodes).length;
  }

  async open(options: Partial<ApiOptions> = {}): Promise<HttpServer> {
    const http = await api(this.service("go.micro.api"), { address: "127.0.0.1:0", ...options });
    this.#http.push(http);
    return http;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const http of this.#http) await http.close();
    this.#stop.abort();
    await Promise.all(this.#running);
    for (const made of this.#services) await made.close();
    await this.registry.close();
  }
}
