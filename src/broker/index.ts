/**
 * Carries messages by topic. `openBroker` opens `http`, `memory`, `nats` or `redis`; implement `Broker` for another.
 *
 * @module micro-toolkit/broker
 */
import { type BuiltIn, openerNamed } from "../core/built-in.js";
import { badRequest } from "../core/errors.js";
import type { Log } from "../core/log/log.js";
import { sharedByAddress } from "../core/shared-by-address.js";
import type { Catalog } from "../registry/catalog/catalog.js";
import type { Registry } from "../registry/registry.js";
import type { TlsOptions } from "../transport/transport.js";
import { readAtLeastOnce } from "./at-least-once/address.js";
import type { Backend } from "./backend.js";
import type { Broker } from "./broker.js";
import type { MemoryExchange } from "./memory.js";

export type { Broker, Publication, SubscribeOptions, Subscription } from "./broker.js";

/** Options of a broker. Each implementation uses those that it needs. */
export interface BrokerOptions {
  /**
   * `host:port` or URL of the servers. For the `http` broker: the one `host:port` to receive on. For `memory`: any
   * name. Brokers opened with the same name reach each other.
   */
  readonly addresses?: readonly string[];
  /** Where subscribers of the `http` broker register. Required for `http`. */
  readonly registry?: Registry;
  /** The live copy of `registry` in which `http` finds subscribers. Default: one of its own. */
  readonly catalog?: Catalog;
  /** Host, or `host:port`, that subscribers of the `http` broker register. Default: an address of this machine. */
  readonly advertise?: string;
  /** TLS to the servers; of the `http` broker between publishers and subscribers. Default: none. */
  readonly tls?: TlsOptions;
  /**
   * Stores messages and delivers them again until they are acknowledged: with JetStream for `nats`, with streams for
   * `redis`. `?at_least_once=true` on an address does the same. Default false.
   */
  readonly atLeastOnce?: boolean;
  /**
   * Milliseconds for a handler to acknowledge; with `atLeastOnce`, the message then comes again. Default 30,000.
   */
  readonly ackWait?: number;
  /** Receives failures of background work. Default: none is logged. */
  readonly log?: Log;
}

type Opener = (options: BrokerOptions) => Promise<Broker>;

const openers: Readonly<Record<BuiltIn<"broker">, Opener>> = {
  http: openHttp,
  memory: openMemory,
  nats: openNats,
  redis: openRedis,
};

/** Names of the built-in brokers. */
export const brokerNames: readonly string[] = Object.keys(openers).sort();

/**
 * Opens a built-in broker by name, and loads the code of that one only. It does not connect yet.
 * @throws {MicroError} 400 with reason `BAD_FLAG_VALUE` for an unknown name, `BAD_CONFIG` for `http` without a registry.
 */
export async function openBroker(name: string, options: BrokerOptions = {}): Promise<Broker> {
  return openerNamed(openers, name, { kind: "broker", id: "go.micro.broker" })(options);
}

async function openHttp({ addresses, registry, ...options }: BrokerOptions): Promise<Broker> {
  if (!registry)
    throw badRequest("go.micro.broker", "http broker: it needs a registry", { reason: "BAD_CONFIG" });
  const { HttpBroker } = await import("./http/http.js");
  return new HttpBroker({ ...options, registry, address: addresses?.[0] });
}

let exchangeAt: ((addresses?: readonly string[]) => MemoryExchange) | undefined;

async function openMemory({ addresses, log }: BrokerOptions): Promise<Broker> {
  const { MemoryBroker, MemoryExchange } = await import("./memory.js");
  exchangeAt ??= sharedByAddress(() => new MemoryExchange());
  return new MemoryBroker(exchangeAt(addresses), log);
}

async function openNats(options: BrokerOptions): Promise<Broker> {
  const { BackendBroker } = await import("./backend-broker.js");
  return new BackendBroker("nats", await natsBackend(options), options);
}

async function natsBackend(given: BrokerOptions): Promise<Backend> {
  const { atLeastOnce, ...options } = withAtLeastOnce(given, ["nats", "tls"]);
  if (atLeastOnce) return new (await import("./nats/jetstream.js")).JetStreamBackend(options);
  return new (await import("./nats/nats.js")).NatsBackend(options);
}

async function openRedis(options: BrokerOptions): Promise<Broker> {
  const { BackendBroker } = await import("./backend-broker.js");
  return new BackendBroker("redis", await redisBackend(options), options);
}

async function redisBackend(given: BrokerOptions): Promise<Backend> {
  const { atLeastOnce, ...options } = withAtLeastOnce(given, ["redis", "rediss"]);
  if (atLeastOnce) return new (await import("./redis/streams.js")).RedisStreamsBackend(options);
  return new (await import("./redis/pub-sub.js")).RedisBackend(options);
}

/** Applies the delivery that the addresses ask for. An option set in code takes precedence. */
function withAtLeastOnce(options: BrokerOptions, schemes: readonly string[]): BrokerOptions {
  const { addresses, atLeastOnce } = readAtLeastOnce(options.addresses, schemes);
  return { ...options, addresses, atLeastOnce: options.atLeastOnce ?? atLeastOnce };
}
