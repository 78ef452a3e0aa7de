import { createHash } from "node:crypto";
import type { Abortable } from "../../core/closeable.js";
import { MicroError } from "../../core/errors.js";
import { isName } from "../../core/name.js";
import type { Node, Service } from "../../core/service.js";
import { sleep } from "../../core/time/clock.js";
import { withMachineIds } from "../machine.js";
import type { RegistryOptions } from "../options.js";
import type {
  Change,
  GetOptions,
  MachineAware,
  RegisterOptions,
  Registry,
  Served,
  WatchOptions,
} from "../registry.js";
import { watchChanges } from "../watch/change-stream.js";
import { nameOnly, notRegistered, requireEntry } from "../wire/errors.js";
import { groupByVersion, healthy } from "../wire/group-by-version.js";
import { fields } from "../wire/parse.js";
import { RejectedEntries } from "../wire/rejected-entries.js";
import { type Agents, ownAgents } from "./agents.js";
import type { Call } from "./client/call.js";
import type { ConsulClient, Question } from "./client/client.js";
import type { ConsulAnswer } from "./client/connection.js";
import { consulSettings, isLocal } from "./client/consul-settings.js";
import {
  type AgentRegistration,
  deregister,
  health,
  names,
  nodes,
  pass,
  register,
  registered,
  registeredHere,
  self,
} from "./client/requests.js";
import { isOfAnotherMachine, readEntries } from "./entries/health-response.js";
import { checkId, isRegistered, registration } from "./entries/registration.js";
import type { ServiceWatches } from "./watch/service-watches.js";

export { sharedAgents } from "./agents.js";

/** Milliseconds after which a request counts as slow. */
const slow = 250;

type Limits = Omit<Question, "what">;

/** The Consul registry of the Go ecosystem. Works with a Consul agent or with `micro agent`, which has the same API. */
export class ConsulRegistry implements Registry, Served, MachineAware {
  readonly name = "consul";
  readonly servers: readonly string[];
  /** True if all agents are reached over loopback. */
  readonly #local: boolean;
  readonly #hasToken: boolean;
  readonly #client: ConsulClient;
  readonly #watches: ServiceWatches;
  readonly #agents: Agents;
  readonly #closed = new AbortController();
  readonly #rejected: RejectedEntries;
  /** Digest of the last registration with a TTL, by node id. Registering the same again only renews it. */
  readonly #registered = new Map<string, string>();

  /** `open` opens the access to the agents, which may be shared. */
  constructor(options: RegistryOptions = {}, env: NodeJS.ProcessEnv = process.env, open = ownAgents) {
    const settings = consulSettings(options, env);
    this.#rejected = new RejectedEntries(options.log);
    this.#local = settings.places.every(isLocal);
    this.#hasToken = "x-consul-token" in settings.headers;
    this.servers = settings.places.filter(({ socketPath }) => !socketPath).map(({ address }) => address);
    this.#agents = open(settings);
    this.#client = this.#agents.client;
    this.#watches = this.#agents.watches;
  }

  async register(given: Service, options: RegisterOptions = {}): Promise<void> {
    requireEntry(given);
    const service = this.#local ? given : withMachineIds(given);
    await allDone(service.nodes.map((node) => this.#register(service, node, options)));
  }

  async deregister(service: Service, options: Abortable = {}): Promise<void> {
    const what = `deregister service "${service.name}"`;
    await allDone(service.nodes.map(({ id }) => this.#deregister(id, what, options)));
  }

  async getService(name: string, options: GetOptions = {}): Promise<readonly Service[]> {
    if (!isName(name)) throw notRegistered(name);
    const { body, origin } = await this.#ask(health(name), `get service "${name}"`, {
      ...options,
      origin: true,
    });
    const services = groupByVersion(readEntries(body, await origin(), this.#rejected.report));
    const found = options.unhealthy ? services : healthy(services);
    if (found.length === 0) throw notRegistered(name);
    return found;
  }

  async listServices(options: Abortable = {}): Promise<readonly Service[]> {
    const { body } = await this.#ask(names(), "list services", options);
    const found = Object.keys(fields(body));
    if (found.length === 0 && !this.#hasToken) await this.#checkAccess(options);
    return found.sort().map(nameOnly);
  }

  /**
   * Checks whether an empty list means that access was denied. Without a token, a Consul with ACLs answers an empty
   * list, but refuses `/v1/agent/self`. With a token, the list is what it may see, and a wrong token is refused at
   * once.
   */
  async #checkAccess(options: Abortable): Promise<void> {
    try {
      await this.#ask(self(), "list services", options);
    } catch (error) {
      if (MicroError.is(error) && error.code === 403) throw error;
      options.signal?.throwIfAborted();
    }
  }

  /** True if the catalog has more than one machine, or a program of another machine registered at this agent. */
  async servesMachines({ signal }: Abortable = {}): Promise<boolean> {
    const options: Limits = { signal, priority: "refresh" };
    const what = "list machines";
    const { body: machines } = await this.#ask(nodes(), what, options);
    if (Array.isArray(machines) && machines.length > 1) return true;
    const { body } = await this.#ask(registeredHere(), what, options);
    return Object.values(fields(body)).some(isOfAnotherMachine);
  }

  watch(options: WatchOptions = {}): AsyncIterable<Change> {
    return watchChanges(
      (push, signal) => this.#watches.watch(options, push, signal),
      options,
      this.#closed.signal,
    );
  }

  async close(): Promise<void> {
    if (this.#closed.signal.aborted) return;
    this.#closed.abort(new MicroError("go.micro.registry", 503, "registry: closed"));
    this.#agents.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #register(service: Service, node: Node, { ttl, signal }: RegisterOptions): Promise<void> {
    const limits: Limits = { signal, priority: "keep" };
    const what = `register service "${service.name}"`;
    const content = registration(service, node, ttl);
    const digest = createHash("sha256").update(JSON.stringify(content)).digest("base64");
    if (this.#registered.get(node.id) === digest && (await this.#renewed(content, what, limits))) return;
    this.#registered.delete(node.id);
    const written = this.#ask(register(content), what, limits);
    if (ttl === undefined) return void (await written);
    const renew = () => this.#ask(pass(checkId(node.id)), what, limits);
    const [, passed] = await overlapped(written, () => renew().catch(asUnknown));
    // the renewal overtook the registration, so it has to be repeated
    if (passed === undefined) await renew();
    this.#registered.set(node.id, digest);
  }

  /**
   * Marks the check of `content` as passing. Returns false if Consul does not know the check, as after a restart, or if
   * another process registered the id with other content, in which case the check exists too.
   */
  async #renewed(content: AgentRegistration, what: string, limits: Limits): Promise<boolean> {
    const renewed = this.#ask(pass(checkId(content.id)), what, limits);
    const read = () => this.#ask(registered(content.id), what, limits);
    const found = await overlapped(renewed, read).catch(asUnknown);
    return found !== undefined && isRegistered(found[1].body, content);
  }

  async #deregister(id: string, what: string, { signal }: Abortable): Promise<void> {
    this.#registered.delete(id);
    // such an id cannot be part of a request, so it is not registered
    if (id === "" || /\p{Cs}/u.test(id)) return;
    await this.#ask(deregister(id), what, { signal, priority: "keep" }).catch(asUnknown);
  }

  #ask(call: Call, what: string, { signal, ...limits }: Limits): Promise<ConsulAnswer> {
    const signals = signal ? [signal, this.#closed.signal] : [this.#closed.signal];
    return this.#client.ask(call, { what, signal: AbortSignal.any(signals), ...limits });
  }
}

/** Runs `second` after `first`, or at the same time if the connection is slow, so that both take as long as one. */
async function overlapped<A, B>(first: Promise<A>, second: () => Promise<B>): Promise<[A, B]> {
  await Promise.race([first, sleep(slow, { ref: false })]);
  return Promise.all([first, second()]);
}

/**
 * Waits for all, also after a failure, so that the next request comes after each of them. @throws the first failure.
 */
async function allDone(all: readonly Promise<unknown>[]): Promise<void> {
  await Promise.allSettled(all);
  await Promise.all(all);
}

/** Turns a 404 into undefined. */
function asUnknown(error: unknown): undefined {
  if (MicroError.is(error) && error.code === 404) return undefined;
  throw error;
}
