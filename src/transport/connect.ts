import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { parseAddress } from "../core/address.js";
import { systemClock } from "../core/clock.js";
import type { Abortable } from "../core/closeable.js";
import { type DialRule, guardedLookup } from "../core/dial-guard.js";
import { MicroError, unavailable } from "../core/errors.js";
import { clientTls, tlsFix } from "./tls.js";
import type { TlsOptions } from "./transport.js";

export interface ConnectOptions extends Abortable, DialRule {
  /** Milliseconds, TLS included. Default 1000. */
  readonly timeout?: number;
  readonly secure?: boolean;
  readonly tls?: TlsOptions;
}

/**
 * Opens a TCP or TLS connection to `host:port`.
 * @throws {MicroError} 503 when nothing answers there, or it is a loopback address of another machine; 403 for an
 * address that no node can have, or that `refuses`. Nothing was sent in any of these.
 */
export async function connect(address: string, options: ConnectOptions = {}): Promise<Socket> {
  const { host, port } = parseAddress(address);
  options.signal?.throwIfAborted();
  const target = { host, port, noDelay: true, lookup: await guardedLookup({ host, port }, options) };
  const socket = options.secure
    ? connectTls({ ...target, ...clientTls(host, options.tls) })
    : connectTcp(target);
  return opened(socket, address, options);
}

function opened(socket: Socket, address: string, options: ConnectOptions): Promise<Socket> {
  const { signal, secure, timeout: limit = 1000 } = options;
  return new Promise((resolve, reject) => {
    let reached = false;
    let grace: NodeJS.Immediate | undefined;
    const timer = systemClock.schedule(limit, () => {
      // After an event loop that was blocked, what happened meanwhile counts first.
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
    socket.once("error", (error) => fail(unreachable(address, error, reached && secure === true)));
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
  if (duringTls)
    return unavailable("go.micro.client", `${detail}${tlsFix(cause)}`, {
      cause,
      executed: "no",
      reason: "TLS_FAILED",
    });
  return unavailable("go.micro.client", detail, { cause, executed: "no" });
}
