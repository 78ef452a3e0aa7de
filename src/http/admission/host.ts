import { badRequest, MicroError } from "../../core/errors.js";
import { type HostPort, isLoopback } from "../../core/net/address.js";

/** The host names that a listener accepts. Protects against DNS rebinding. */
export interface HostRule {
  /** @throws {MicroError} 421 for a foreign name. 400 for a missing or invalid one. */
  check(host: string | undefined): void;
}

const form = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(\d{1,5}))?$/;

/**
 * A loopback listener accepts its own names and the allowed ones. Any other listener accepts the allowed ones, or all
 * names if none are given. An allowed name without a port matches any port.
 */
export function hostRule(bound: HostPort | undefined, allowed: readonly string[], id: string): HostRule {
  const names = new Set(allowed.map((host) => host.toLowerCase()));
  const open = bound === undefined || (!isLoopback(bound.host) && names.size === 0);
  if (bound && isLoopback(bound.host)) for (const name of ownNames(bound)) names.add(name);
  return {
    check(host) {
      const match = host === undefined ? null : form.exec(host.toLowerCase());
      if (!match) throw badRequest(id, "header Host: missing or not a host");
      if (open || names.has(match[0]) || names.has(match[1] ?? "")) return;
      throw new MicroError(id, 421, "header Host: not a name of this server", {
        reason: "FORBIDDEN",
        executed: "no",
      });
    },
  };
}

function ownNames({ host, port }: HostPort): string[] {
  const names = ["localhost", "127.0.0.1", "[::1]", host.includes(":") ? `[${host}]` : host];
  const withPort = names.map((name) => `${name.toLowerCase()}:${port}`);
  return port === 80 ? [...withPort, ...names] : withPort;
}
