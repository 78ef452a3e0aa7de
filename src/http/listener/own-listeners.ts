import { type HostPort, isSameAddress } from "../../core/net/address.js";
import { isOwnAddress } from "../../registry/machine.js";

/**
 * The HTTP listeners of this process. Global like the ports themselves: a relay must not connect to any of them, and
 * another program in the same process may have opened one.
 */
const listeners = new Set<() => HostPort | undefined>();

/** Adds a listener, given a function for its bound address. Returns a function that removes it. */
export function addListener(bound: () => HostPort | undefined): () => void {
  listeners.add(bound);
  return () => listeners.delete(bound);
}

/** True when an HTTP program of this process listens at `ip`:`port`. */
export function isOwnListener(ip: string, port: number): boolean {
  for (const listener of listeners) {
    const bound = listener();
    if (bound?.port === port && reaches(ip, bound.host)) return true;
  }
  return false;
}

/** True if a connection to `ip` reaches a listener bound to `host`, which may be all interfaces. */
function reaches(ip: string, host: string): boolean {
  return host === "0.0.0.0" || host === "::" ? isOwnAddress(ip) : isSameAddress(ip, host);
}
