import type { Log } from "../../core/log/log.js";
import type { ServiceSettingName } from "../../core/settings/settings.js";
import { tlsFromSettings } from "../../core/settings/tls-settings.js";
import type { Plugin } from "../../plugins/index.js";
import type { Registry } from "../../registry/registry.js";
import type { ServiceOptions } from "../../service/index.js";
import type { TlsOptions } from "../../transport/transport.js";
import { CliError } from "../errors.js";
import { pairs } from "./flag-kinds.js";
import type { GlobalFlags } from "./global-flags.js";

/** Parts that are already open. */
export interface ServiceParts {
  /** Undefined if each service opens its own. */
  readonly registry: Registry | undefined;
  readonly plugins?: readonly Plugin[];
  readonly log?: Log;
}

/** Returns the options of a service in this process. It must not read command line, variables or files again. */
export function serviceOptions(
  name: string,
  flags: GlobalFlags,
  { registry, plugins, log }: ServiceParts,
): ServiceOptions {
  const tls = tlsOptions(flags);
  const pool = { size: flags.client_pool_size, ttl: flags.client_pool_ttl };
  // a setting that is missing here does not compile
  const bySetting: { readonly [Name in ServiceSettingName]: Partial<ServiceOptions> } = {
    server_name: { name: flags.server_name ?? name },
    server_version: { version: flags.server_version },
    server_id: { id: flags.server_id },
    server_address: { address: flags.server_address },
    server_advertise: { advertise: flags.server_advertise },
    server_metadata: { metadata: flags.server_metadata && pairs("server_metadata", flags.server_metadata) },
    forward_headers: { forwardHeaders: flags.forward_headers },
    registry: { registry },
    registry_address: { registry },
    broker: { broker: flags.broker },
    broker_address: { brokerAddress: flags.broker_address },
    transport: { transport: flags.transport },
    transport_address: { transportAddress: flags.transport_address },
    selector: { selector: flags.selector },
    plugin: { plugins },
    client_request_timeout: { timeout: flags.client_request_timeout },
    client_retries: { retries: flags.client_retries },
    client_pool_size: { pool },
    client_pool_ttl: { pool },
    register_ttl: { registerTtl: flags.register_ttl },
    register_interval: { registerInterval: flags.register_interval },
    drain_delay: { drainDelay: flags.drain_delay },
    drain_timeout: { drainTimeout: flags.drain_timeout },
    // only a check that certificate and key are given: main has done it
    enable_tls: {},
    tls_cert_file: { tls },
    tls_key_file: { tls },
    tls_client_ca_file: { tls },
    tls_ca_file: { tls },
    tls_insecure: { tls },
  };
  return { name, ...joined(Object.values(bySetting)), log, argv: [], env: {}, folder: false };
}

function joined(options: readonly Partial<ServiceOptions>[]): Partial<ServiceOptions> {
  return Object.assign({}, ...options);
}

/** Returns the TLS options for other services. @throws {CliError} BAD_CONFIG for a file that cannot be read. */
export function tlsOptions(flags: GlobalFlags): TlsOptions | undefined {
  try {
    return tlsFromSettings(flags);
  } catch (error) {
    throw new CliError("BAD_CONFIG", (error as Error).message, { cause: error });
  }
}
