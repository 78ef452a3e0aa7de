import type { Log } from "../../core/log/log.js";
import { readTlsFiles } from "../../core/settings/tls-settings.js";
import type { Plugin } from "../../plugins/index.js";
import type { Registry } from "../../registry/registry.js";
import type { ServiceOptions } from "../../service/index.js";
import type { TlsOptions } from "../../transport/transport.js";
import { CliError } from "../errors.js";
import { pairs } from "./flag-kinds.js";
import type { GlobalFlags } from "./global-flags.js";

/** What was opened for the service already. */
export interface ServiceParts {
  /** Undefined where each service brings its own. */
  readonly registry: Registry | undefined;
  readonly plugins?: readonly Plugin[];
  readonly log?: Log;
}

/** What the flags say about a service of this process; it reads neither command line nor variables again. */
export function serviceOptions(
  name: string,
  flags: GlobalFlags,
  { registry, plugins, log }: ServiceParts,
): ServiceOptions {
  return {
    name: flags.server_name ?? name,
    version: flags.server_version,
    id: flags.server_id,
    address: flags.server_address,
    advertise: flags.server_advertise,
    forwardHeaders: flags.forward_headers,
    metadata: flags.server_metadata && pairs("server_metadata", flags.server_metadata),
    registry,
    broker: flags.broker,
    brokerAddress: flags.broker_address,
    transport: flags.transport,
    transportAddress: flags.transport_address,
    selector: flags.selector,
    timeout: flags.client_request_timeout,
    retries: flags.client_retries,
    pool: { size: flags.client_pool_size, ttl: flags.client_pool_ttl },
    registerTtl: flags.register_ttl,
    registerInterval: flags.register_interval,
    drainDelay: flags.drain_delay,
    drainTimeout: flags.drain_timeout,
    tls: tlsOptions(flags),
    plugins,
    log,
    argv: [],
    env: {},
    folder: false,
  };
}

/** TLS to other services. @throws {CliError} BAD_CONFIG for a file that cannot be read. */
export function tlsOptions(flags: GlobalFlags): TlsOptions | undefined {
  const { tls_cert_file, tls_ca_file, tls_insecure: insecure } = flags;
  if (!tls_cert_file && !tls_ca_file && !insecure) return undefined;
  try {
    return { ...readTlsFiles(flags), insecure };
  } catch (error) {
    throw new CliError("BAD_CONFIG", (error as Error).message, { cause: error });
  }
}
