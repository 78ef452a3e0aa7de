import type { Metadata } from "./service.js";

const canonical = new Map<string, string>();
/** Bound of the memo: names come from the network. */
const memoised = 1000;

/** The canonical HTTP case of a header name: `x-user-id` becomes `X-User-Id`, as names are after one hop. */
export function canonicalName(name: string): string {
  const known = canonical.get(name);
  if (known !== undefined) return known;
  const made = name
    .toLowerCase()
    .replace(/(^|-)([a-z])/g, (_, dash: string, letter: string) => dash + letter.toUpperCase());
  if (canonical.size < memoised) canonical.set(name, made);
  return made;
}

const hopHeaders = new Set([
  "Accept",
  "Accept-Encoding",
  "Connection",
  "Content-Length",
  "Content-Type",
  "Host",
  "Keep-Alive",
  "Local",
  "Proxy-Connection",
  "Remote",
  "Te",
  "Timeout",
  "Trailer",
  "Transfer-Encoding",
  "Upgrade",
  "User-Agent",
]);

/**
 * True for a header that a further call may carry on. The protocol's own are of one hop only: passed on they would
 * make a legacy message look like mucp to a 1.7 server. `…From-Service` goes on.
 */
export function travels(name: string): boolean {
  if (hopHeaders.has(name)) return false;
  return !/^(X-)?Micro-(?!From-Service$)/.test(name);
}

/** The entries of `header` that a further call carries on, in canonical case. */
export function travelling(header: Metadata): Metadata {
  const metadata: Record<string, string> = {};
  for (const name in header) {
    const key = canonicalName(name);
    if (travels(key)) metadata[key] = header[name] ?? "";
  }
  return metadata;
}
