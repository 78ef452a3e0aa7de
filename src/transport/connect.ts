import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { orAbort } from "../core/async/or-abort.js";
import { withTimeout } from "../core/async/with-timeout.js";
import type { Abortable } from "../core/closeable.js";
import { MicroError, unavailable } from "../core/errors.js";
import { parseAddress } from "../core/net/address.js";
import { type DialRule, guardedLookup } from "../core/net/dial-guard.js";
import { systemClock } from "../core/time/clock.js";
import { clientTls, tlsFailed } from "./tls.js";
import type { TlsOptions } from "./transport.js";

export interface ConnectOptions extends Abortable, DialRule {
  /** Milliseconds to connect, including the TLS handshake. Default 1000. */
  readonly timeout?: number;
  readonly secure?: boolean;
  readonly tls?: TlsOptions;
}

/**
 * Opens a TCP or TLS connection to `host:port`.
 * @throws {MicroError} 503 when nothing answers, or for a loopback address of another machine. 403 for an address that
 * no node can have, or that `refuses` rejects. Nothing has been sent in any of these cases.
 */
export async function connect(address: string, options: ConnectOptions = {}): Promise<Socket> {
  const { host, port } = parseAddress(address);
  const { signal, timeout: limit = 1000 } = options;
  signal?.throwIfAborted();
  const start = performance.now();
  const guarded = withTimeout(guardedLookup({ host, port }, options), limit, () => late(address, limit));
  const lookup = await orAbort(guarded, signal);
  signal?.throwIfAborted();
  const target = { host, port, noDelay: true, lookup };
  const socket = options.secure
    ? connectTls({ ...target, ...clientTls(host, options.tls) })
    : connectTcp(target);
  return opened(socket, address, { signal, secure: options.secure === true, limit, start });
}

interface Opening extends Abortable {
  readonly secure: boolean;
  /** Milliseconds from `start`, a time of the monotonic clock. */
  readonly limit: number;
  readonly start: number;
}

function opened(socket: Socket, address: string, options: Opening): Promise<Socket> {
  const { signal, secure, limit, start } = options;
  return new Promise((resolve, reject) => {
    let reached = false;
    let grace: NodeJS.Immediate | undefined;
    const timer = systemClock.schedule(start + limit - performance.now(), () => {
      // If the event loop was blocked, the connection may be ready: let pending I/O events run first.
      grace = setImmediate(() => fail(late(address, limit)));
    });
    const onAbort = () => fail(signal?.reason);
    function settle(): void {
      timer.cancel();
      clearImmediate(grace);
      signal?.removeEventListener("abort", onAbort);
      socket.removeAllListeners();
    }
    function fail(reason: unknown): void {
      settle();
      socket.on("error", () => {});
      socket.destroy();
      reject(reason);
    }
    signal?.addEventListener("abort", onAbort);
    socket.once("connect", () => {
      reached = true;
    });
    socket.once("error", (error) => fail(unreachable(address, error, reached && secure)));
    socket.once(secure ? "secureConnect" : "connect", () => {
      settle();
      resolve(socket);
    });
  });
}

function late(address: string, limit: number): MicroError {
  return unavailable("go.micro.client", `connect to "${address}": no answer within ${limit} ms`, {
    executed: "no",
  });
}

function unreachable(address: string, cause: Error, duringTls: boolean): MicroError {
  if (MicroError.is(cause.cause)) return cause.cause;
  const detail = `connect to "${address}": ${cause.message}`;
  if (duringTls) return tlsFailed("go.micro.client", detail, cause);
  return unavailable("go.micro.client", detail, { cause, executed: "no" });
}
