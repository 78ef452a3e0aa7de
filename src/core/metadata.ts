import type { Metadata } from "./service.js";

/** Bound of a memo: names come from the network. */
const memoised = 1000;

/** Remembers what `make` makes of the name of a header, for the first thousand names. */
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

/** The canonical HTTP case of a header name: `x-user-id` becomes `X-User-Id`, as names are after one hop. */
export const canonicalName = memoByName((name) =>
  name
    .toLowerCase()
    .replace(/(^|-)([a-z])/g, (_, dash: string, letter: string) => dash + letter.toUpperCase()),
);

/**
 * Headers of one hop: each hop sets those that it needs, and none is passed on. Beside them all protocol headers,
 * `Micro-*` and `X-Micro-*`: who calls, which attempt it is, and how to read the message.
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

/** Headers that prove who someone is: meant for the service that is called, and for nobody that it calls. */
const credentials: ReadonlySet<string> = new Set(["Authorization", "Cookie"]);

/** What is not shown: credentials, and names that say that they hold a secret. */
const secret =
  /^(?:(?:Proxy-)?Authorization|(?:Set-)?Cookie)$|(?:^|-)(?:Token|Secret|Password|Api-?Key)(?:-|$)/i;

/** True for a header of one hop, in canonical case: no further hop gets it. */
export function isHopLocal(name: string): boolean {
  return hopHeaders.has(name) || protocolHeader.test(name);
}

/** True for `Authorization` and `Cookie`, in canonical case. */
export function isCredential(name: string): boolean {
  return credentials.has(name);
}

/** True for a header, in any case, whose value is not shown. */
export function isSecret(name: string): boolean {
  return secret.test(name);
}

/** The entries of `header` that a message may carry on, in canonical case: none of one hop, and no credentials. */
export function inherited(header: Metadata): Record<string, string> {
  const metadata: Record<string, string> = {};
  for (const name in header) {
    const key = canonicalName(name);
    if (!isHopLocal(key) && !isCredential(key)) metadata[key] = header[name] ?? "";
  }
  return metadata;
}

/** `header` as it may be shown: of a secret no more than its last four characters, and those only of a long one. */
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
