import type { Abortable } from "../../core/closeable.js";
import { notFound } from "../../core/errors.js";
import type { Service } from "../../core/service.js";
import { parseJson, stringifyJson } from "../../core/text/json.js";
import { formatDuration } from "../../core/time/duration.js";
import type { Change, GetOptions, RegisterOptions, Registry, WatchOptions } from "../../registry/registry.js";
import { formatService } from "../../registry/wire/format.js";
import { parseService } from "../../registry/wire/parse.js";
import { checkedOwn, done, isMissing, noSidecar } from "./answer.js";
import { checkSidecar } from "./check.js";
import type { SidecarHttp } from "./http.js";
import { registryChanges } from "./watch.js";

/** The registry behind a sidecar. Also supports sidecars of 2016. */
export class SidecarRegistry implements Registry {
  readonly name = "sidecar";
  readonly #http: SidecarHttp;

  constructor(http: SidecarHttp) {
    this.#http = http;
  }

  async register(service: Service, { ttl, signal }: RegisterOptions = {}): Promise<void> {
    const query = ttl === undefined ? "" : `?ttl=${formatDuration(ttl)}`;
    await this.#change("POST", query, service, signal);
  }

  async deregister(service: Service, { signal }: Abortable = {}): Promise<void> {
    await this.#change("DELETE", "", service, signal);
  }

  async getService(name: string, { signal }: GetOptions = {}): Promise<readonly Service[]> {
    const services = await this.#services(`?service=${encodeURIComponent(name)}`, signal);
    if (services.length === 0) throw notFound("go.micro.client", `get service "${name}": not registered`);
    return services;
  }

  async listServices({ signal }: Abortable = {}): Promise<readonly Service[]> {
    return this.#services("", signal);
  }

  /** Finds the services with a method. Empty if the sidecar is too old to tell. */
  async servicesWith(method: string, { signal }: Abortable = {}): Promise<readonly Service[]> {
    const found = await this.#services(`?endpoint=${encodeURIComponent(method)}`, signal);
    return found.filter(({ endpoints }) => endpoints.some(({ name }) => name === method));
  }

  watch(options: WatchOptions = {}): AsyncIterable<Change> {
    return registryChanges(this.#http, this, options);
  }

  async close(): Promise<void> {
    this.#http.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #change(
    method: string,
    query: string,
    service: Service,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const header = { "content-type": "application/json" };
    const body = stringifyJson(formatService(service));
    done(await this.#http.send({ method, path: `/registry${query}`, header, body, signal }));
  }

  async #services(query: string, signal: AbortSignal | undefined): Promise<Service[]> {
    const answer = await this.#http.send({ method: "GET", path: `/registry${query}`, signal });
    if (query.startsWith("?service=") && isMissing(answer)) return [];
    const services = parseServices(checkedOwn(answer).body);
    if (services === undefined) throw noSidecar(answer);
    if (services.length === 0) await checkSidecar(this.#http, signal);
    return services;
  }
}

/** Parses a list of services. Undefined if it is not one. Go writes an empty list as null. */
function parseServices(text: string): Service[] | undefined {
  try {
    const value = parseJson(text);
    if (value === null) return [];
    return Array.isArray(value) ? value.map((service) => parseService(stringifyJson(service))) : undefined;
  } catch {
    return undefined;
  }
}
