import { formatAddress } from "../../core/net/address.js";
import { loopback } from "../../core/net/local-address.js";
import { readServerAddress } from "../../core/net/server-address.js";

/** Where the servers of one cluster are, and what their URLs say beside that. */
export interface NatsServers {
  /** `host:port` each. */
  readonly servers: readonly string[];
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** True for `tls://`. */
  readonly secure: boolean;
}

const form = { id: "go.micro.client", schemes: ["nats", "tls"], port: 4222, login: true };

/**
 * Reads `host`, `host:port` or `nats://user:password@host:port`, also with `tls://`; none is port 4222 at loopback.
 * @throws {MicroError} 400 when one is none of these.
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
