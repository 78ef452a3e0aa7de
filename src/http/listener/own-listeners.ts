import { type HostPort, isSameAddress } from "../../core/net/address.js";
import { isOwnAddress } from "../../registry/machine.js";

/**
 * Where the HTTP programs of this process listen. It belongs to the process, as its ports do: what one program must not
 * relay to, another one in the same process may have opened.
 */
const listeners = new Set<() => HostPort | undefined>();

/** Adds a listener by what tells its bound address; the returned function removes it. */
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

/** Every address of the machine reaches what listens on all interfaces. */
function reaches(ip: string, host: string): boolean {
  return host === "0.0.0.0" || host === "::" ? isOwnAddress(ip) : isSameAddress(ip, host);
}
