import { lookup as resolve } from "node:dns";
import { BlockList, connect as connectTcp, isIP, type LookupFunction, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { parseAddress } from "../core/address.js";
import { systemClock } from "../core/clock.js";
import type { Abortable } from "../core/closeable.js";
import { forbidden, MicroError, unavailable } from "../core/errors.js";
import { clientTls } from "./tls.js";
import type { TlsOptions } from "./transport.js";

export interface ConnectOptions extends Abortable {
  /** Milliseconds, TLS included. Default 1000. */
  readonly timeout?: number;
  readonly secure?: boolean;
  readonly tls?: TlsOptions;
}

/** Where no node can be: metadata services of clouds, link-local, unspecified and multicast addresses. */
const refused = new BlockList();
refused.addSubnet("169.254.0.0", 16, "ipv4");
refused.addSubnet("224.0.0.0", 4, "ipv4");
refused.addSubnet("0.0.0.0", 8, "ipv4");
refused.addSubnet("fe80::", 10, "ipv6");
refused.addSubnet("ff00::", 8, "ipv6");
refused.addAddress("fd00:ec2::254", "ipv6");
refused.addAddress("::", "ipv6");

function isRefused(ip: string): boolean {
  return refused.check(ip, isIP(ip) === 6 ? "ipv6" : "ipv4");
}

/**
 * Opens a TCP or TLS connection to `host:port`.
 * @throws {MicroError} 503 when nothing answers there, 403 for an address that no node can have:
 * nothing was sent in any of these.
 */
export function connect(address: string, options: ConnectOptions = {}): Promise<Socket> {
  const { host, port } = parseAddress(address);
  const { signal } = options;
  if (signal?.aborted) return Promise.reject(signal.reason);
  if (isIP(host) !== 0 && isRefused(host)) return Promise.reject(notDialled(address));
  const target = { host, port, noDelay: true, lookup: guarded(address) };
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

/** Checks what a name stands for at the moment of dialling, so that it cannot change in between. */
function guarded(address: string): LookupFunction {
  return (host, options, callback) =>
    resolve(host, { ...options, all: true }, (error, found) => {
      const allowed = (found ?? []).filter((entry) => !isRefused(entry.address));
      const [first] = allowed;
      if (error) return callback(error, "", 0);
      if (!first)
        return callback(Object.assign(new Error("not dialled"), { cause: notDialled(address) }), "", 0);
      if (options.all) callback(null, allowed);
      else callback(null, first.address, first.family);
    });
}

function notDialled(address: string): MicroError {
  return forbidden("go.micro.client", `connect to "${address}": no node can be there`, { executed: "no" });
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
    return unavailable("go.micro.client", detail, { cause, executed: "no", reason: "TLS_FAILED" });
  return unavailable("go.micro.client", detail, { cause, executed: "no" });
}
