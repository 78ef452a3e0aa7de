import { formatAddress } from "../../core/net/address.js";
import { loopback } from "../../core/net/local-address.js";
import { readServerAddress } from "../../core/net/server-address.js";

/** The servers of one cluster, and the credentials and TLS of their URLs. */
export interface NatsServers {
  /** Each is a `host:port`. */
  readonly servers: readonly string[];
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** True for `tls://`. */
  readonly secure: boolean;
}

const form = { id: "go.micro.client", schemes: ["nats", "tls"], port: 4222, login: true };

/**
 * Reads `host`, `host:port`, `nats://user:password@host:port` or `tls://…`. Default: port 4222 of the loopback address.
 * @throws {MicroError} 400 for any other form.
 */
export function readServers(addresses: readonly string[] = []): NatsServers {
  const read = (addresses.length > 0 ? addresses : [loopback(form.port)]).map((address) =>
    readServerAddress(address, form),
  );
  return {
    servers: read.map(formatAddress),
    user: read.find(({ user }) => user !== undefined)?.user,
    password: read.find(({ password }) => password !== undefined)?.password,
    secure: read.some(({ scheme }) => scheme === "tls"),
  };
}
