import { MicroError } from "../../../core/errors.js";

/** What Node's parser of HTTP/1.1 found wrong with the bytes of a request: for every server of ours. */
export function parserError({ code = "" }: NodeJS.ErrnoException, id: string): MicroError {
  return found[code]?.(id) ?? new MicroError(id, 400, "request: not HTTP/1.1", { reason: "BAD_REQUEST" });
}

const found: Readonly<Record<string, (id: string) => MicroError>> = {
  ERR_HTTP_REQUEST_TIMEOUT: (id) => notReceived(id, "request"),
  HPE_HEADER_OVERFLOW: headersTooLarge,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: (id) =>
    new MicroError(id, 413, "chunk extensions: over the limit", { reason: "TOO_LARGE" }),
};

/** A request that did not arrive in time: nothing ran, so that it may be sent again. */
export function notReceived(id: string, what: string): MicroError {
  return new MicroError(id, 408, `${what}: not received in time`, { reason: "BAD_REQUEST", executed: "no" });
}

export function headersTooLarge(id: string): MicroError {
  return new MicroError(id, 431, "request headers: over the limit", { reason: "TOO_LARGE" });
}
