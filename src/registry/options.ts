import type { Log } from "../core/log/log.js";

/** How to reach a registry. */
export interface RegistryOptions {
  /**
   * `host:port` of its servers, tried in order. The first that works is kept. Default: `CONSUL_HTTP_ADDR` or port 8500
   * of this machine for `consul`, port 2379 for `etcd`. For `memory`: any name. Registries opened with the same name
   * share their entries.
   */
  readonly addresses?: readonly string[];
  /** ACL token of Consul. Default: `CONSUL_HTTP_TOKEN`. */
  readonly token?: string;
  /**
   * Sends no token and no client certificate, not even those of variables. For addresses that are not trusted.
   * Default false.
   */
  readonly anonymous?: boolean;
  /** Namespace of Consul Enterprise. Default: `CONSUL_NAMESPACE`. */
  readonly namespace?: string;
  /** Connects with TLS. Default: plain TCP, unless the address begins with `https://`. */
  readonly tls?: RegistryTls;
  /** Receives failures of background work, such as a watch that reconnects. Default: none is logged. */
  readonly log?: Log;
}

/** Certificates for the connection to a registry. */
export interface RegistryTls {
  /** Authorities to trust, as PEM. Default: those of Node. */
  readonly ca?: string | Buffer;
  /** Client certificate, as PEM. */
  readonly cert?: string | Buffer;
  /** Private key of the client certificate, as PEM. */
  readonly key?: string | Buffer;
  /** False accepts any certificate. Do not use in production. Default true. */
  readonly rejectUnauthorized?: boolean;
}
