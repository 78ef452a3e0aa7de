import { badRequest } from "../core/errors.js";
import type { Log } from "../core/log.js";
import type { Catalog } from "../registry/catalog.js";
import type { Registry } from "../registry/registry.js";
import type { TlsOptions } from "../transport/transport.js";
import type { Broker } from "./broker.js";
import { readDelivery } from "./delivery.js";
import type { MemoryExchange } from "./memory.js";
import type { Relay } from "./relay.js";

export type { Broker, Publication, SubscribeOptions, Subscription } from "./broker.js";

/** What a broker may be given; each takes what it needs. */
export interface BrokerOptions {
  /** Of the servers; of the `http` broker the one `host:port` to receive on. */
  readonly addresses?: readonly string[];
  /** Where subscribers of the `http` broker register. */
  readonly registry?: Registry;
  /** The live copy of that registry, which finds them; the `http` broker makes one of its own without. */
  readonly catalog?: Catalog;
  /** The host, or `host:port`, that the `http` broker tells publishers. */
  readonly advertise?: string;
  readonly tls?: TlsOptions;
  /**
   * `nats` (with JetStream) and `redis` (with streams): messages are stored, and come again until acknowledged. Also
   * by `?at_least_once=true` on an address.
   */
  readonly atLeastOnce?: boolean;
  /** Milliseconds after which a message that is not acknowledged is delivered again. Default 30,000. */
  readonly ackWait?: number;
  readonly log?: Log;
}

type Opener = (options: BrokerOptions) => Promise<Broker>;

const openers: Readonly<Record<string, Opener>> = {
  http: openHttp,
  memory: openMemory,
  nats: openNats,
  redis: openRedis,
};

/** The names that `openBroker` knows. */
export const brokerNames: readonly string[] = Object.keys(openers).sort();

/**
 * Opens the broker called `name`, and loads that one only. Nothing is connected yet.
 * @throws {MicroError} 400 BAD_FLAG_VALUE when there is none of that name.
 */
export async function openBroker(name: string, options: BrokerOptions = {}): Promise<Broker> {
  const open = Object.hasOwn(openers, name) ? openers[name] : undefined;
  if (open) return open(options);
  throw badRequest("go.micro.broker", `broker "${name}": not one of ${brokerNames.join(", ")}`, {
    reason: "BAD_FLAG_VALUE",
  });
}

async function openHttp({ addresses, registry, ...options }: BrokerOptions): Promise<Broker> {
  if (!registry)
    throw badRequest("go.micro.broker", "http broker: it needs a registry", { reason: "BAD_CONFIG" });
  const { HttpBroker } = await import("./http/http.js");
  return new HttpBroker({ ...options, registry, address: addresses?.[0] });
}

/** What all memory brokers that are opened by name share, so that two services of one process meet. */
let exchange: MemoryExchange | undefined;

async function openMemory({ log }: BrokerOptions): Promise<Broker> {
  const { MemoryBroker, MemoryExchange } = await import("./memory.js");
  exchange ??= new MemoryExchange();
  return new MemoryBroker(exchange, log);
}

async function openNats(options: BrokerOptions): Promise<Broker> {
  const { RelayedBroker } = await import("./relayed.js");
  return new RelayedBroker("nats", await natsRelay(options), options);
}

async function natsRelay(given: BrokerOptions): Promise<Relay> {
  const { atLeastOnce, ...options } = withDelivery(given, ["nats", "tls"]);
  if (atLeastOnce) return new (await import("./nats/jetstream.js")).JetStreamRelay(options);
  return new (await import("./nats/nats.js")).NatsRelay(options);
}

async function openRedis(options: BrokerOptions): Promise<Broker> {
  const { RelayedBroker } = await import("./relayed.js");
  return new RelayedBroker("redis", await redisRelay(options), options);
}

async function redisRelay(given: BrokerOptions): Promise<Relay> {
  const { atLeastOnce, ...options } = withDelivery(given, ["redis", "rediss"]);
  if (atLeastOnce) return new (await import("./redis/streams.js")).RedisStreamsRelay(options);
  return new (await import("./redis/pub-sub.js")).RedisRelay(options);
}

/** What is said in code counts before what an address says. */
function withDelivery(options: BrokerOptions, schemes: readonly string[]): BrokerOptions {
  const { addresses, atLeastOnce } = readDelivery(options.addresses, schemes);
  return { ...options, addresses, atLeastOnce: options.atLeastOnce ?? atLeastOnce };
}
