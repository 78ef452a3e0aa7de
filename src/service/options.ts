import type { Broker } from "../broker/broker.js";
import type { Codec } from "../codec/codec.js";
import type { Log } from "../core/log/log.js";
import type { Metadata } from "../core/service.js";
import type { ServiceSettingName } from "../core/settings/settings.js";
import type { Clock } from "../core/time/clock.js";
import { withoutUndefined } from "../core/without-undefined.js";
import type { Plugin } from "../plugins/index.js";
import type { Registry } from "../registry/registry.js";
import type { PoolOptions, TlsOptions, Transport } from "../transport/transport.js";
import type { Settings } from "./read-settings.js";

/**
 * Options of a service. Flags of the command line and `MICRO_*` variables override them; they override
 * `micro.json`.
 */
export interface ServiceOptions {
  /** Name of the service, such as `go.micro.srv.greeter`. */
  readonly name: string;
  /** Version of the service. Default `1.0.0`. */
  readonly version?: string;
  /** Last part of the node's id, after the name and a hyphen. Default: a random UUID. */
  readonly id?: string;
  /** `host:port` to bind. Default: a free port of the loopback address. */
  readonly address?: string;
  /**
   * Host or `host:port` to register. Default: what is bound, or an address of this machine if that is every
   * interface.
   */
  readonly advertise?: string;
  /** Metadata of the node in the registry, besides the toolkit's own entries. Default: none. */
  readonly metadata?: Metadata;
  /** A registry: its name, or an open one, which its owner closes. Default `consul`. */
  readonly registry?: string | Registry;
  /** `host:port` or URL of the servers of the registry. Default: as `RegistryOptions.addresses`. */
  readonly registryAddress?: readonly string[];
  /** A broker: its name, or an open one, which its owner closes. Default `http`. */
  readonly broker?: string | Broker;
  /** `host:port` or URL of the servers of the broker. Default: as `BrokerOptions.addresses`. */
  readonly brokerAddress?: readonly string[];
  /** A transport: its name, or an open one, which its owner closes. Default `http`. */
  readonly transport?: string | Transport;
  /** `host:port` or URL of the servers of the transport. Default: as `TransportOptions.addresses`. */
  readonly transportAddress?: readonly string[];
  /**
   * Name of a strategy: `cache`, `random`, `roundrobin`, or one of a plugin. Default `cache`, Go Micro's name for what it
   * uses; here it takes the less busy of two random nodes. `default` is the same.
   */
  readonly selector?: string;
  /** Plugins that the code imports itself. The flag `--plugin` adds more. Default: none. */
  readonly plugins?: readonly Plugin[];
  /** Codecs besides the built-in ones. Default: none. */
  readonly codecs?: readonly Codec[];
  /** Milliseconds for a call of the client. Default 5000. */
  readonly timeout?: number;
  /** Number of attempts of a call after the first. Default 2. */
  readonly retries?: number;
  /**
   * Credentials (`Authorization`, `Cookie`) that calls of a handler carry on from the call it answers. Default: none. All
   * other metadata is always carried on.
   */
  readonly forwardHeaders?: readonly string[];
  /** Milliseconds after which a node that was not renewed stops being healthy. Default 30,000. */
  readonly registerTtl?: number;
  /** Milliseconds between two renewals. Default 10,000. */
  readonly registerInterval?: number;
  /** Milliseconds between deregistering and refusing new work. Default 2000. */
  readonly drainDelay?: number;
  /** Milliseconds for the work in flight to finish at the end. Default 30,000. */
  readonly drainTimeout?: number;
  /** TLS between services. Default: none. */
  readonly tls?: TlsOptions;
  /** Idle connections to keep for each node. */
  readonly pool?: PoolOptions;
  /**
   * Receives the log. Default: with `run`, pino on standard error, from level `MICRO_LOG_LEVEL` (`info`) on, as JSON or, on
   * a terminal or with `MICRO_LOG_FORMAT=text`, as text. With `start`, errors alone.
   */
  readonly log?: Log;
  /** The clock to wait by. Default: the clock of this machine. */
  readonly clock?: Clock;
  /** Arguments of the command line to read flags from. Default: those of the process. Empty: none are read. */
  readonly argv?: readonly string[];
  /** Environment variables to read. Default: those of the process. */
  readonly env?: NodeJS.ProcessEnv;
  /**
   * Folder of `micro.json`. The file is read only if the main script is in that folder, or the user trusts it. Default: the
   * current folder. False: no file is read.
   */
  readonly folder?: string | false;
}

/** Settings without an option of the same meaning: they name files, and in code the content is passed instead. */
type NoOption = "plugin" | "enable_tls" | `tls_${string}`;

/** The part of the options that flags and variables may override. */
export function settingsOf(options: ServiceOptions): Settings {
  // The type makes this list complete: a missing setting does not compile.
  const settings: { readonly [Name in Exclude<ServiceSettingName, NoOption>]: Settings[Name] } = {
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
  return withoutUndefined(settings);
}

function nameOf(part: string | { readonly name: string } | undefined): string | undefined {
  return typeof part === "object" ? part.name : part;
}
