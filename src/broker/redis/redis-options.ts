import type { RedisOptions } from "ioredis";
import { loopback } from "../../core/net/local-address.js";
import { addressError, readServerAddress } from "../../core/net/server-address.js";
import { backOff } from "../../core/time/backoff.js";
import type { TlsOptions } from "../../transport/transport.js";

export interface RedisSettings {
  /** `host:port` or `redis://user:password@host:port/database`, also with `rediss://`. Default port 6379 at loopback. */
  readonly addresses?: readonly string[];
  readonly tls?: TlsOptions;
}

const port = 6379;
/** Back-off in milliseconds before a lost connection is restored. */
const retry = { least: 100, most: 2000 };
const form = { id: "go.micro.broker", schemes: ["redis", "rediss"], port, path: true, login: true };

/**
 * Returns the options for ioredis. Its defaults wait over a minute for a dead server, and resend commands that may have
 * arrived.
 * @throws {MicroError} 400 BAD_CONFIG for a wrong address.
 */
export function redisOptions({ addresses = [], tls = {} }: RedisSettings): RedisOptions {
  const address = addresses[0] ?? loopback(port);
  const { scheme, host, port: at, user, password, path } = readServerAddress(address, form);
  const { ca, cert, key } = tls;
  const secure = scheme === "rediss" || ca !== undefined;
  if (!/^(\/\d{1,9})?$/.test(path))
    throw addressError(form.id, address, `database "${path.slice(1)}" is not a number: 0, 1, …`);
  return {
    host,
    port: at,
    username: user,
    password,
    db: Number(path.slice(1)),
    tls: secure ? { ca, cert, key, rejectUnauthorized: tls.insecure !== true } : undefined,
    lazyConnect: true,
    connectTimeout: 1000,
    enableOfflineQueue: false,
    // Makes a command fail at once when the connection is lost. With 1, and without resending, it would never settle.
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    commandTimeout: 5000,
    // A timer of this length remains after each disconnect.
    disconnectTimeout: 100,
    // The owner of the connection restores its subscriptions, in the right order.
    autoResubscribe: false,
    retryStrategy: (tries) => backOff(tries, retry),
  };
}
