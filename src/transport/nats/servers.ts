import { formatAddress, parseAddress } from "../../core/address.js";
import { badRequest } from "../../core/errors.js";
import { loopback } from "../../core/local-address.js";

/** Where the servers of one cluster are, and what their URLs say beside that. */
export interface NatsServers {
  /** `host:port` each. */
  readonly servers: readonly string[];
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** True for `tls://`. */
  readonly secure: boolean;
}

const port = 4222;

/**
 * Reads `host`, `host:port` or `nats://user:password@host:port`, also with `tls://`; none is port 4222 at loopback.
 * @throws {MicroError} 400 when one is none of these.
 */
export function readServers(addresses: readonly string[] = []): NatsServers {
  const urls = (addresses.length > 0 ? addresses : [loopback(port)]).map(readUrl);
  return {
    servers: urls.map(({ hostname, port: given }) =>
      formatAddress({ host: hostname.replace(/^\[|\]$/g, ""), port: given === "" ? port : Number(given) }),
    ),
    user: given(urls.map(({ username }) => username)),
    password: given(urls.map(({ password }) => password)),
    secure: urls.some(({ protocol }) => protocol === "tls:"),
  };
}

function readUrl(address: string): URL {
  const hasScheme = /^(nats|tls):\/\//.test(address);
  const text = hasScheme ? address : `nats://${formatAddress(parseAddress(address, port))}`;
  if (URL.canParse(text)) return new URL(text);
  throw badRequest("go.micro.client", `address "${address}": not host:port or nats://host:port`, {
    reason: "BAD_CONFIG",
  });
}

function given(texts: readonly string[]): string | undefined {
  const first = texts.find((text) => text !== "");
  return first === undefined ? undefined : decodeURIComponent(first);
}
