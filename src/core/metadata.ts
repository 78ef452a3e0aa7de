import type { Metadata } from "./service.js";

/** Largest number of names a memo keeps, because names come from the network. */
const memoised = 1000;

/** Caches the results of `make` for the first thousand header names. */
export function memoByName(make: (name: string) => string): (name: string) => string {
  const known = new Map<string, string>();
  return (name) => {
    const found = known.get(name);
    if (found !== undefined) return found;
    const made = make(name);
    if (known.size < memoised) known.set(name, made);
    return made;
  };
}

/** Returns a header name in canonical HTTP case, as it is after one hop: `x-user-id` becomes `X-User-Id`. */
export const canonicalName = memoByName((name) =>
  name
    .toLowerCase()
    .replace(/(^|-)([a-z])/g, (_, dash: string, letter: string) => dash + letter.toUpperCase()),
);

/**
 * Headers that belong to one hop and are never passed on. So are all protocol headers, `Micro-*` and `X-Micro-*`: they
 * tell who calls, which attempt it is, and how to read the message.
 */
const hopHeaders: ReadonlySet<string> = new Set([
  "Accept",
  "Accept-Encoding",
  "Connection",
  "Content-Length",
  "Content-Type",
  "Host",
  "Keep-Alive",
  "Local",
  "Proxy-Authenticate",
  "Proxy-Authorization",
  "Proxy-Connection",
  "Remote",
  "Te",
  "Timeout",
  "Trailer",
  "Transfer-Encoding",
  "Upgrade",
  "User-Agent",
]);
const protocolHeader = /^(X-)?Micro-/;

/** Headers that authenticate the caller to the service it calls. That service must not pass them on. */
const credentials: ReadonlySet<string> = new Set(["Authorization", "Cookie"]);

/** Headers whose values are not shown: credentials, and names that suggest a secret. */
const secret =
  /^(?:(?:Proxy-)?Authorization|(?:Set-)?Cookie)$|(?:^|-)(?:Token|Secret|Password|Api-?Key)(?:-|$)/i;

/** True for a header, in canonical case, that is not passed on to the next hop. */
export function isHopLocal(name: string): boolean {
  return hopHeaders.has(name) || protocolHeader.test(name);
}

/** True for `Authorization` and `Cookie`, in canonical case. */
export function isCredential(name: string): boolean {
  return credentials.has(name);
}

/** True for a header, in any case, whose value must not be shown. */
export function isSecret(name: string): boolean {
  return secret.test(name);
}

/** Returns the entries of `header` that may be passed on, in canonical case: no hop headers and no credentials. */
export function inherited(header: Metadata): Record<string, string> {
  const metadata: Record<string, string> = {};
  for (const name in header) {
    const key = canonicalName(name);
    if (!isHopLocal(key) && !isCredential(key)) metadata[key] = header[name] ?? "";
  }
  return metadata;
}

/** Returns `header` as it may be shown: of a secret at most the last four characters, and only if it is a long one. */
export function redacted(header: Metadata): Metadata {
  const entries = Object.entries(header);
  if (!entries.some(([name]) => secret.test(name))) return header;
  return Object.fromEntries(
    entries.map(([name, value]) => [name, secret.test(name) ? masked(value) : value]),
  );
}

function masked(value: string): string {
  return value.length >= 16 ? `***${value.slice(-4)}` : "***";
}
