import type { Broker } from "../broker/broker.js";
import type { Codec } from "../codec/codec.js";
import type { Clock } from "../core/clock.js";
import type { Log } from "../core/log.js";
import type { Metadata } from "../core/service.js";
import type { Plugin } from "../plugins/index.js";
import type { Registry } from "../registry/registry.js";
import type { PoolOptions, TlsOptions, Transport } from "../transport/transport.js";
import type { Settings } from "./settings.js";

/** What a service says about itself; the command line and the environment win over it. */
export interface ServiceOptions {
  readonly name: string;
  /** Default `1.0.0`. */
  readonly version?: string;
  /** The node's id. Default: the name and a random UUID. */
  readonly id?: string;
  /** `host:port` to bind. Default `127.0.0.1:0`. */
  readonly address?: string;
  /** Host or `host:port` to register instead of the one bound. */
  readonly advertise?: string;
  readonly metadata?: Metadata;
  /** A name (`consul`, `mdns`, `etcd`, `memory`) or one that is open already; an open one stays its owner's to close. */
  readonly registry?: string | Registry;
  readonly registryAddress?: readonly string[];
  readonly broker?: string | Broker;
  readonly brokerAddress?: readonly string[];
  readonly transport?: string | Transport;
  readonly transportAddress?: readonly string[];
  /** `cache`, `random`, `roundrobin`, or that of a plugin. */
  readonly selector?: string;
  /** Plugins that the code imports itself; `--plugin` names further ones. */
  readonly plugins?: readonly Plugin[];
  /** Codecs besides those built in. */
  readonly codecs?: readonly Codec[];
  /** Milliseconds for a call. Default 5000. */
  readonly timeout?: number;
  /** Attempts after the first. Default 2. */
  readonly retries?: number;
  /**
   * `Authorization` or `Cookie`, where calls that a handler makes shall carry on what it was called with. Default: none;
   * all other metadata is carried on.
   */
  readonly forwardHeaders?: readonly string[];
  /** Milliseconds. Default 30 s and 10 s. */
  readonly registerTtl?: number;
  readonly registerInterval?: number;
  /** Milliseconds from deregistering to refusing work, and for work under way. Default 2 s and 30 s. */
  readonly drainDelay?: number;
  readonly drainTimeout?: number;
  readonly tls?: TlsOptions;
  /** Idle connections kept for one node. */
  readonly pool?: PoolOptions;
  readonly log?: Log;
  /** What the service waits by. Default: the clock of this machine. */
  readonly clock?: Clock;
  /** The command line. Default: that of the process. Programs that parse it themselves pass an empty one. */
  readonly argv?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** Folder of `micro.json`, which counts where the main script lies in that folder, or the user trusts it. Default: the current one; false: none is read. */
  readonly folder?: string | false;
}

/** The part of the options that flags and variables may override. */
export function settingsOf(options: ServiceOptions): Settings {
  const settings = {
    registry: nameOf(options.registry),
    registry_address: options.registryAddress,
    broker: nameOf(options.broker),
    broker_address: options.brokerAddress,
    transport: nameOf(options.transport),
    transport_address: options.transportAddress,
    selector: options.selector,
    client_request_timeout: options.timeout,
    client_retries: options.retries,
    client_pool_size: options.pool?.size,
    client_pool_ttl: options.pool?.ttl,
    forward_headers: options.forwardHeaders,
    server_name: options.name,
    server_version: options.version,
    server_id: options.id,
    server_address: options.address,
    server_advertise: options.advertise,
    server_metadata: options.metadata,
    register_ttl: options.registerTtl,
    register_interval: options.registerInterval,
    drain_delay: options.drainDelay,
    drain_timeout: options.drainTimeout,
  };
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}

function nameOf(part: string | { readonly name: string } | undefined): string | undefined {
  return typeof part === "object" ? part.name : part;
}
