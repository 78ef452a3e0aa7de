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
 * True for a header, by its canonical name, that goes no further from any client: what only we may say, and
 * `Proxy-Authorization`, which is meant for a proxy in front.
 */
export function isOnlyOurs(name: string): boolean {
  if (name.startsWith("X-Forwarded-") || name === "Forwarded" || name === "Proxy-Authorization") return true;
  return name.startsWith("X-Micro-") || name.startsWith("Micro-") || clientAddresses.has(name);
}

/** The trace that a request belongs to: a stranger must not choose it. */
export function isTrace(name: string): boolean {
  return name === "Traceparent" || name === "Tracestate" || name === "B3" || name.startsWith("X-B3-");
}
