import { badRequest, MicroError } from "../../core/errors.js";
import { type HostPort, isLoopback } from "../../core/net/address.js";

/** Which names a listener answers to: the guard against DNS rebinding. */
export interface HostRule {
  /** @throws {MicroError} 421 for a name of somebody else, 400 for none or for no name at all. */
  check(host: string | undefined): void;
}

const form = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(\d{1,5}))?$/;

/**
 * On a loopback listener only its own names and the allowed ones pass; elsewhere the allowed ones, if any are given.
 * An allowed host without a port passes with any port.
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
