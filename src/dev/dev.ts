import { statSync } from "node:fs";
import { basename, dirname, extname, resolve } from "node:path";
import type { AgentOptions } from "../agent/index.js";
import type { Closeable } from "../core/closeable.js";
import { badRequest } from "../core/errors.js";
import type { Log } from "../core/log/log.js";
import { parseAddress } from "../core/net/address.js";
import { loopback } from "../core/net/local-address.js";
import type { HttpServer } from "../http/listener/listener.js";
import { openPart } from "../plugins/index.js";
import type { Registry, RegistryOptions } from "../registry/index.js";
import type { ServiceOptions } from "../service/index.js";
import { Child } from "./child.js";
import type { Report } from "./events.js";
import { exampleFiles, exampleServices } from "./example.js";
import {
  closePrograms,
  type DevProgram,
  ensureRegistry,
  openUrl,
  type ProgramOptions,
  startPrograms,
} from "./programs.js";
import { watchFiles } from "./watcher.js";

export interface DevOptions {
  /** Service files, each run as a child. */
  readonly files?: readonly string[];
  /** Name of an example to run as well. */
  readonly example?: string;
  /** Restarts files when they change. Default true. */
  readonly watch?: boolean;
  /**
   * Name of the registry. Default: `consul` at 127.0.0.1:8500. If none answers there, the embedded registry is started.
   */
  readonly registry?: string;
  readonly registryOptions?: RegistryOptions;
  /** Listener of the embedded registry. Default: where the registry is looked for. */
  readonly agent?: AgentOptions;
  /** Options of the programs. Default ports: 8080, 8081, 8082 at 127.0.0.1, or the next free one. */
  readonly programs: ProgramOptions;
  /** Options of the programs' services. */
  readonly service?: Omit<ServiceOptions, "name">;
  /** Settings for the children, as `MICRO_*` variables. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly report: Report;
  /** Resolves when the next line of a child can be reported. Default: at once. */
  readonly room?: () => Promise<void>;
  readonly log?: Log;
}

/** Milliseconds to wait for an example to register before `ready` is reported. */
const presence = 3000;

/** Runs a whole system in one process, and each service file as a child. `close` ends everything it started. */
export class Dev implements Closeable {
  readonly #options: DevOptions;
  readonly #children = new Map<string, Child>();
  #agent: HttpServer | undefined;
  #registry: Registry | undefined;
  #programs: readonly DevProgram[] = [];
  #watcher: Closeable | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: DevOptions) {
    this.#options = options;
  }

  /** Resolves once the programs listen and the children run. @throws {MicroError} if one cannot start. */
  async start(): Promise<void> {
    const { example, watch = true, report, log, service } = this.#options;
    const files = withoutRepetitions(this.#options.files ?? []);
    for (const file of files) requireFile(file);
    process.once("exit", this.#kill);
    const all = [...(example ? exampleFiles(example) : []), ...files];
    const wanted = this.#registryOptions;
    const address = wanted.addresses?.[0]?.replace(/^https?:\/\/|\/$/g, "");
    const listener = { address, ...this.#options.agent };
    this.#agent = await ensureRegistry(this.#registryName, wanted, listener, { report, log });
    const client = this.#registryOptions;
    for (const file of all) if (!behindSidecar(file)) this.#run(file);
    this.#registry = await openPart("registry", this.#registryName, client, {
      plugins: service?.plugins ?? [],
    });
    const shared = { report, log, service, environment: this.#registryVariables };
    this.#programs = await startPrograms(this.#options.programs, this.#registry, shared);
    const sidecar = this.#programs.find(({ name }) => name === "sidecar")?.http.address;
    for (const file of all) if (behindSidecar(file)) this.#run(file, { MICRO_PROXY_ADDRESS: sidecar });
    if (watch && files.length > 0)
      this.#watcher = await watchFiles(files, {
        changed: (file, path) => this.#children.get(file)?.changed(path),
        note: (text) => report({ event: "note", text }),
      });
    if (example) await this.#present(exampleServices(example));
    const programs = Object.fromEntries(this.#programs.map((program) => [program.name, openUrl(program)]));
    const registry = [this.#registryName, ...(client.addresses ?? [])].join(" ");
    report({ event: "ready", registry, programs });
  }

  get #registryName(): string {
    return this.#options.registry ?? "consul";
  }

  get #registryOptions(): RegistryOptions {
    const { registryOptions = {}, log } = this.#options;
    const usual = this.#registryName === "consul" ? [loopback(8500)] : undefined;
    const addresses = registryOptions.addresses ?? usual;
    return { log, ...registryOptions, addresses: addresses?.map((address) => this.#bound(address)) };
  }

  /** Replaces port 0 by the port of the embedded registry. */
  #bound(address: string): string {
    const { address: bound = "" } = this.#agent ?? {};
    const port = /:\d+$/.test(bound) ? parseAddress(bound).port : undefined;
    return port === undefined ? address : address.replace(/:0$/, `:${port}`);
  }

  /** The variables that tell children and the terminal page where the registry is. */
  get #registryVariables(): Readonly<Record<string, string>> {
    const { addresses } = this.#registryOptions;
    return {
      MICRO_REGISTRY: this.#registryName,
      ...(addresses && { MICRO_REGISTRY_ADDRESS: addresses.join() }),
    };
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
    process.off("exit", this.#kill);
    await closePrograms(this.#programs);
    await this.#registry?.close();
    await this.#agent?.close();
  }

  /** Kills the children when this process exits at once, as after a second Ctrl-C. */
  readonly #kill = (): void => {
    for (const child of this.#children.values()) child.kill();
  };

  #run(file: string, more: NodeJS.ProcessEnv = {}): void {
    const { MICRO_TOKEN: _, ...inherited } = process.env;
    const env = {
      ...inherited,
      MICRO_DRAIN_DELAY: "0",
      MICRO_LOG_FORMAT: process.env.MICRO_LOG_FORMAT ?? "text",
      ...this.#options.environment,
      ...this.#registryVariables,
      ...more,
    };
    const { report, room = async () => {} } = this.#options;
    const child = new Child({ name: nameOf(file), file, env, report, room });
    this.#children.set(file, child);
    child.start();
  }

  /** Waits until the services are registered, but not for ever: slow ones may come later. */
  async #present(services: readonly string[]): Promise<void> {
    const signal = AbortSignal.timeout(presence);
    const seen = async (service: string) => {
      for await (const { action } of this.#registry?.watch({ service, signal }) ?? [])
        if (action === "create") return;
    };
    await Promise.all(services.map(seen));
  }
}

function withoutRepetitions(files: readonly string[]): readonly string[] {
  const paths = files.map((file) => resolve(file));
  return files.filter((_, at) => paths.indexOf(paths[at] ?? "") === at);
}

/** True for a file that uses the sidecar, whose address must be known first. */
function behindSidecar(file: string): boolean {
  return /\.(py|rb)$/.test(file);
}

/** Returns the name of a child in the log: `greeter/srv`. */
function nameOf(file: string): string {
  const path = resolve(file);
  return `${basename(dirname(path))}/${basename(path, extname(path))}`;
}

/** @throws {MicroError} 400 USAGE if there is nothing to run. Otherwise it would be restarted for ever. */
function requireFile(file: string): void {
  const path = resolve(file);
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isFile()) return;
  const detail = `run "${path}": ${found === undefined ? "no such file" : "no file"}`;
  throw badRequest("go.micro.dev", detail, { reason: "USAGE" });
}
