import type { RedisOptions } from "ioredis";
import { formatAddress, parseAddress } from "../../core/address.js";
import { badRequest } from "../../core/errors.js";
import { loopback } from "../../core/local-address.js";
import type { TlsOptions } from "../../transport/transport.js";

export interface RedisSettings {
  /** `host:port` or `redis://user:password@host:port/database`, also with `rediss://`. Default port 6379 at loopback. */
  readonly addresses?: readonly string[];
  readonly tls?: TlsOptions;
}

const port = 6379;

/** What ioredis is told; its defaults wait more than a minute for a dead server, and send again what may have arrived. */
export function redisOptions({ addresses = [], tls = {} }: RedisSettings): RedisOptions {
  const {
    hostname,
    port: given,
    username,
    password,
    pathname,
    protocol,
  } = readUrl(addresses[0] ?? loopback(port));
  const { ca, cert, key } = tls;
  const secure = protocol === "rediss:" || ca !== undefined;
  return {
    host: hostname.replace(/^\[|\]$/g, ""),
    port: given === "" ? port : Number(given),
    username: decodeURIComponent(username) || undefined,
    password: decodeURIComponent(password) || undefined,
    db: Number(pathname.slice(1)) || 0,
    tls: secure ? { ca, cert, key, rejectUnauthorized: tls.insecure !== true } : undefined,
    lazyConnect: true,
    connectTimeout: 1000,
    enableOfflineQueue: false,
    // A command under way when the connection is lost fails at once: with 1 and without resending it never settles.
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    commandTimeout: 5000,
    // A timer of that length stays behind each disconnect.
    disconnectTimeout: 100,
    // The owner of the connection knows in which order to take things up again.
    autoResubscribe: false,
    retryStrategy: (tries) => Math.min(2000, 50 * 2 ** tries) * (0.5 + Math.random() / 2),
  };
}

/** @throws {MicroError} 400 when it is neither. */
function readUrl(address: string): URL {
  const text = /^rediss?:\/\//.test(address) ? address : `redis://${withPort(address)}`;
  if (URL.canParse(text)) return new URL(text);
  throw badRequest("go.micro.client", `address "${address}": not host:port or redis://host:port`, {
    reason: "BAD_CONFIG",
  });
}

function withPort(address: string): string {
  const { host, port: given } = parseAddress(address, port);
  return formatAddress({ host, port: given });
}
