import type { Log } from "../core/log.js";

/** How to reach a registry; what is left out comes from its own defaults. */
export interface RegistryOptions {
  /** `host:port` of its servers, tried in order; the one that works is kept. */
  readonly addresses?: readonly string[];
  /** Consul's ACL token. */
  readonly token?: string;
  /** Sends no token and no certificate of ours, not even those that variables name: the address is not trusted. */
  readonly anonymous?: boolean;
  /** Consul's namespace (enterprise). */
  readonly namespace?: string;
  /** Speaks TLS to it. */
  readonly tls?: RegistryTls;
  /** Hears what goes wrong in the background. */
  readonly log?: Log;
}

/** PEM texts of the authorities to trust and of our own certificate. */
export interface RegistryTls {
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  /** False accepts any certificate: for trying things out only. */
  readonly rejectUnauthorized?: boolean;
}
