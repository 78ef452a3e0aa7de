import { canonicalName } from "../../core/metadata.js";

/** Where a client is: only a proxy that is trusted could know, and that says `X-Forwarded-For`. */
const clientAddresses = new Set([
  "Cf-Connecting-Ip",
  "Client-Ip",
  "Fastly-Client-Ip",
  "True-Client-Ip",
  "X-Client-Ip",
  "X-Cluster-Client-Ip",
  "X-Originating-Ip",
  "X-Real-Ip",
  "X-Remote-Addr",
  "X-Remote-Ip",
]);

/**
 * What only a proxy in front could know of a request, and a program behind may believe. Sources: CVE-2016-5385 (`Proxy` becomes
 * the proxy of CGI's own requests), CVE-2018-14773 (the path, past whoever looked at it), the sign-on of Authelia and Apache,
 * Microsoft's `Front-End-Https`.
 */
const forProxies = new Set(["Proxy", "X-Original-Url", "X-Rewrite-Url", "Remote-User", "Front-End-Https"]);

/** Secrets that are meant for a proxy in front, and for the agent: for no service. */
const foreignSecrets = new Set(["Proxy-Authorization", "X-Consul-Token"]);

/** The canonical name that a program behind CGI or WSGI has for a header: it cannot tell `_` from `-`. */
export function nameAsRead(sent: string): string {
  return canonicalName(sent.replaceAll("_", "-"));
}

/**
 * True for a header that is dropped when a client sends it: only this server may set it, or it is a secret. The same goes
 * for a name that a program behind reads as such a header.
 */
export function isUntrustedHeader(sent: string): boolean {
  const name = nameAsRead(sent);
  if (
    name.startsWith("X-Forwarded-") ||
    name === "Forwarded" ||
    foreignSecrets.has(name) ||
    forProxies.has(name)
  )
    return true;
  if (name === "X-Request-Id") return sent.includes("_");
  return name.startsWith("X-Micro-") || name.startsWith("Micro-") || clientAddresses.has(name);
}

/** The trace that a request belongs to: a stranger must not choose it. */
export function isTraceHeader(sent: string): boolean {
  const name = nameAsRead(sent);
  return name === "Traceparent" || name === "Tracestate" || name === "B3" || name.startsWith("X-B3-");
}

/** Headers that `Connection` names are of this hop alone. */
export function connectionNames(
  connection: string | undefined,
  read: (sent: string) => string,
): Set<string> | undefined {
  if (!connection || /^(keep-alive|close)$/i.test(connection)) return undefined;
  return new Set(connection.split(",").map((name) => read(name.trim())));
}
