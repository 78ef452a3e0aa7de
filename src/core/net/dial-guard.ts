import { type LookupAddress, lookup as resolve } from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";
import { forbidden, type MicroError, unavailable } from "../errors.js";
import { formatAddress, type HostPort, isLoopback } from "./address.js";

/** Addresses that must not be dialled, in addition to those that no node can have. */
export interface DialRule {
  /** True if another machine registered the node. A loopback address would then reach a program on this machine. */
  readonly foreign?: boolean;
  /** Resolves with true for an IP address and port that must not be dialled. A rejection counts as true. */
  readonly refuses?: (ip: string, port: number) => Promise<boolean>;
}

/** Cloud metadata services, link-local, unspecified and multicast addresses: no node can be there. */
const impossible = new BlockList();
impossible.addSubnet("169.254.0.0", 16, "ipv4");
impossible.addSubnet("224.0.0.0", 4, "ipv4");
impossible.addSubnet("0.0.0.0", 8, "ipv4");
impossible.addSubnet("fe80::", 10, "ipv6");
impossible.addSubnet("ff00::", 8, "ipv6");
// Alibaba Cloud's metadata service, the only one in a range that nodes may use.
impossible.addAddress("100.100.100.200", "ipv4");
impossible.addAddress("fd00:ec2::254", "ipv6");
impossible.addAddress("::", "ipv6");

/**
 * Returns the `lookup` option for a socket to `target`. It checks every IP address that the host resolves to when it is
 * dialled, so that a name cannot change between check and connection. A literal address is checked at once.
 * @throws {MicroError} 403 or 503, not executed, for a literal address that must not be dialled.
 */
export async function guardedLookup(target: HostPort, rule: DialRule = {}): Promise<LookupFunction> {
  if (isIP(target.host) !== 0) {
    const refusal = await refusalOf(target.host, target, rule);
    if (refusal) throw refusal;
  }
  return (name, options, callback) =>
    resolve(name, { ...options, all: true }, (error, found) => {
      if (error) return callback(error, "", 0);
      void permitted(found, target, rule).then(({ allowed, refusal }) => {
        const [first] = allowed;
        if (!first) callback(Object.assign(new Error("not dialled"), { cause: refusal }), "", 0);
        else if (options.all) callback(null, [...allowed]);
        else callback(null, first.address, first.family);
      });
    });
}

interface Permitted {
  readonly allowed: readonly LookupAddress[];
  /** Why the first of the refused addresses is not dialled. */
  readonly refusal: MicroError | undefined;
}

async function permitted(
  found: readonly LookupAddress[],
  target: HostPort,
  rule: DialRule,
): Promise<Permitted> {
  const refusals = await Promise.all(found.map(({ address }) => refusalOf(address, target, rule)));
  return {
    allowed: found.filter((_, i) => refusals[i] === undefined),
    refusal: refusals.find((refusal) => refusal !== undefined),
  };
}

async function refusalOf(ip: string, target: HostPort, rule: DialRule): Promise<MicroError | undefined> {
  const what = `connect to "${formatAddress(target)}"`;
  if (impossible.check(ip, isIP(ip) === 6 ? "ipv6" : "ipv4"))
    return forbidden("go.micro.client", `${what}: no node can be there`, notExecuted);
  if (rule.foreign && isLoopback(ip))
    return unavailable(
      "go.micro.client",
      `${what}: another machine registered this loopback address, and it is not reached from here`,
      notExecuted,
    );
  if (await rule.refuses?.(ip, target.port).catch(() => true))
    return forbidden(
      "go.micro.client",
      `${what}: it belongs to this program or to the registry`,
      notExecuted,
    );
  return undefined;
}

const notExecuted = { executed: "no", reason: "NODE_UNREACHABLE" } as const;
