import { canonicalName } from "../../core/metadata.js";

/** Headers with the client's address. Only a trusted proxy may set it, and that uses `X-Forwarded-For`. */
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
 * Headers that only a proxy in front may set, and that applications may trust. Sources: CVE-2016-5385 (`Proxy` sets the
 * proxy for requests of CGI programs), CVE-2018-14773 (replaces the path after access checks), the single sign-on of
 * Authelia and Apache, Microsoft's `Front-End-Https`.
 */
const forProxies = new Set(["Proxy", "X-Original-Url", "X-Rewrite-Url", "Remote-User", "Front-End-Https"]);

/** Secrets for a proxy in front or for the agent, never for a service. */
const foreignSecrets = new Set(["Proxy-Authorization", "X-Consul-Token"]);

/** The canonical name of a header as an application behind CGI or WSGI sees it: `_` and `-` are the same there. */
export function nameAsRead(sent: string): string {
  return canonicalName(sent.replaceAll("_", "-"));
}

/**
 * True for a header that is dropped when a client sends it, because only this server may set it or it is a secret. Also
 * for a name that an application would read as such a header.
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

/** True for trace headers, which external clients must not set. */
export function isTraceHeader(sent: string): boolean {
  const name = nameAsRead(sent);
  return name === "Traceparent" || name === "Tracestate" || name === "B3" || name.startsWith("X-B3-");
}

/** The headers that `Connection` lists as hop-by-hop. */
export function connectionNames(
  connection: string | undefined,
  read: (sent: string) => string,
): Set<string> | undefined {
  if (!connection || /^(keep-alive|close)$/i.test(connection)) return undefined;
  return new Set(connection.split(",").map((name) => read(name.trim())));
}
