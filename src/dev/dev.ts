import { basename, dirname, extname, resolve } from "node:path";
import type { Closeable } from "../core/closeable.js";
import type { Log } from "../core/log.js";
import type { HttpServer } from "../http/server.js";
import { openRegistry, type Registry } from "../registry/index.js";
import { Child } from "./child.js";
import type { Report } from "./events.js";
import { exampleFiles, exampleServices } from "./example.js";
import { type Addresses, ensureRegistry, type Program, startPrograms } from "./programs.js";
import { watchFiles } from "./watcher.js";

export interface DevOptions {
  /** Service files, each run as a child. */
  readonly files?: readonly string[];
  /** Name of an example to run too. */
  readonly example?: string;
  /** Run files again when they change. Default true. */
  readonly watch?: boolean;
  /** Default `consul` at 127.0.0.1:8500: where none answers, the embedded registry starts there. */
  readonly registry?: string;
  readonly registryAddress?: readonly string[];
  /** Default 127.0.0.1:8080, :8081, :8082; the next free port where one is taken. */
  readonly addresses?: Partial<Addresses>;
  readonly report: Report;
  readonly log?: Log;
}

const usual: Addresses = { api: "127.0.0.1:8080", sidecar: "127.0.0.1:8081", web: "127.0.0.1:8082" };

/** Milliseconds that an example has to register before `ready` is told without it. */
const presence = 3000;

/** A whole system in one process, and each service file as a child. `close` ends all that it started. */
export class Dev implements Closeable {
  readonly #options: DevOptions;
  readonly #address: string;
  readonly #children = new Map<string, Child>();
  #agent: HttpServer | undefined;
  #registry: Registry | undefined;
  #programs: readonly Program[] = [];
  #watcher: Closeable | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: DevOptions) {
    this.#options = options;
    this.#address = options.registryAddress?.[0] ?? "127.0.0.1:8500";
  }

  /** Resolves when the programs listen and the children run. @throws {MicroError} when one cannot start. */
  async start(): Promise<void> {
    const { files = [], example, watch = true, registry = "consul", report, log } = this.#options;
    const addresses = { ...usual, ...this.#options.addresses };
    const all = [...(example ? exampleFiles(example) : []), ...files];
    this.#agent = await ensureRegistry(registry, this.#address, { report, log });
    for (const file of all) if (!behindSidecar(file)) this.#run(file);
    const registryAddresses =
      this.#options.registryAddress ?? (registry === "consul" ? [this.#address] : undefined);
    this.#registry = await openRegistry(registry, { addresses: registryAddresses, log });
    const environment = {
      MICRO_REGISTRY: registry,
      ...(registryAddresses && { MICRO_REGISTRY_ADDRESS: registryAddresses.join() }),
    };
    this.#programs = await startPrograms(addresses, this.#registry, { report, log, environment });
    const sidecar = this.#programs.find(({ name }) => name === "sidecar")?.http.address;
    for (const file of all) if (behindSidecar(file)) this.#run(file, { MICRO_PROXY_ADDRESS: sidecar });
    if (watch && files.length > 0) this.#watcher = await watchFiles(files, (file) => this.#restart(file));
    if (example) await this.#present(exampleServices(example));
    const programs = Object.fromEntries(this.#programs.map(({ name, http }) => [name, http.url]));
    report({ event: "ready", registry: [registry, ...(registryAddresses ?? [])].join(" "), programs });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    await this.#watcher?.close();
    await Promise.all([...this.#children.values()].map((child) => child.close()));
    await Promise.all(this.#programs.map(({ http }) => http.close()));
    await Promise.all(this.#programs.map(({ service }) => service.close()));
    await this.#registry?.close();
    await this.#agent?.close();
  }

  #run(file: string, more: NodeJS.ProcessEnv = {}): void {
    const { MICRO_TOKEN: _, ...inherited } = process.env;
    const env = {
      ...inherited,
      MICRO_REGISTRY: this.#options.registry ?? "consul",
      MICRO_REGISTRY_ADDRESS: this.#address,
      MICRO_DRAIN_DELAY: "0",
      MICRO_LOG_FORMAT: process.env.MICRO_LOG_FORMAT ?? "text",
      ...more,
    };
    const child = new Child({ name: nameOf(file), file, env, report: this.#options.report });
    this.#children.set(file, child);
    child.start();
  }

  /** Waits until the services are registered, but not for ever: what is slow may come later. */
  async #present(services: readonly string[]): Promise<void> {
    const signal = AbortSignal.timeout(presence);
    const seen = async (service: string) => {
      for await (const { action } of this.#registry?.watch({ service, signal }) ?? [])
        if (action === "create") return;
    };
    await Promise.all(services.map(seen));
  }

  #restart(file: string): void {
    this.#children
      .get(file)
      ?.restart()
      .catch((error: unknown) => {
        this.#options.report({ event: "note", text: `restart ${file}: ${String(error)}` });
      });
  }
}

/** True for a file that reaches the system through the sidecar, whose address must be known first. */
function behindSidecar(file: string): boolean {
  return /\.(py|rb)$/.test(file);
}

/** How a child is called in the log: `greeter/srv`. */
function nameOf(file: string): string {
  const path = resolve(file);
  return `${basename(dirname(path))}/${basename(path, extname(path))}`;
}
