import { isUtf8 } from "node:buffer";
import { MicroError } from "../../core/errors.js";
import { canonicalName, isHopLocal, memoByName } from "../../core/metadata.js";
import { contextOf } from "./request-context.js";
import type { RequestHead } from "./request-head.js";
import { connectionNames, isTraceHeader, isUntrustedHeader } from "./untrusted-headers.js";

/** Keys of one call's metadata. */
const maxKeys = 256;
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

export interface MetadataOptions {
  /** False where `Authorization` is meant for the listener itself. Default: unless it held the listener's token. */
  readonly authorization?: boolean;
  /** Comes from outside: the trace that it names is left out. */
  readonly outside?: boolean;
}

/**
 * The headers of a request as the metadata of a call: canonical names, several values joined by a comma (cookies by a
 * semicolon), bytes as `utf8Value` reads them. What belongs to one hop, and what only we may say (`Micro-*`, `Timeout`, `isOnlyOurs`),
 * is left out.
 * @throws {MicroError} 431 for more than 256 keys.
 */
export function metadataOf(request: RequestHead, options: MetadataOptions = {}): Record<string, string> {
  const metadata: Record<string, string> = Object.create(null);
  const named = connectionNames(request.headers.connection, canonicalName);
  const { rawHeaders } = request;
  const authorization = options.authorization ?? !contextOf(request).credentials;
  let keys = 0;
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = passing(rawHeaders[i] ?? "");
    if (name === "" || named?.has(name) || (options.outside && isTraceHeader(name))) continue;
    if (name === "Authorization" && !authorization) continue;
    const value = utf8Value(rawHeaders[i + 1] ?? "");
    const before = metadata[name];
    metadata[name] = before === undefined ? value : `${before}${name === "Cookie" ? "; " : ","}${value}`;
    if (before === undefined && ++keys > maxKeys)
      throw new MicroError("go.micro.rpc", 431, `request headers: more than ${maxKeys}`, {
        reason: "TOO_LARGE",
      });
  }
  return metadata;
}

/** The canonical name of a header that goes on, and an empty one for any other. */
const passing = memoByName((sent) => {
  const name = canonicalName(sent);
  return token.test(name) && !isHopLocal(name) && !isUntrustedHeader(name) ? name : "";
});

/**
 * The bytes of a header as text: UTF-8 where they are that, as on the wire of the Go ecosystem, else latin1. Node reads
 * each byte as one character.
 */
export function utf8Value(value: string): string {
  for (let i = 0; i < value.length; i++)
    if (value.charCodeAt(i) > 0x7f) {
      const bytes = Buffer.from(value, "latin1");
      return isUtf8(bytes) ? bytes.toString("utf8") : value;
    }
  return value;
}
