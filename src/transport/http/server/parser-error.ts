import { MicroError } from "../../../core/errors.js";

/** Converts an error of Node's HTTP/1.1 parser. Shared by all servers of the toolkit. */
export function parserError({ code = "" }: NodeJS.ErrnoException, id: string): MicroError {
  return found[code]?.(id) ?? new MicroError(id, 400, "request: not HTTP/1.1", { reason: "BAD_REQUEST" });
}

const found: Readonly<Record<string, (id: string) => MicroError>> = {
  ERR_HTTP_REQUEST_TIMEOUT: (id) => notReceived(id, "request"),
  HPE_HEADER_OVERFLOW: headersTooLarge,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: (id) =>
    new MicroError(id, 413, "chunk extensions: over the limit", { reason: "TOO_LARGE" }),
};

/** The error for a request that did not arrive in time. Not executed, so it may be sent again. */
export function notReceived(id: string, what: string): MicroError {
  return new MicroError(id, 408, `${what}: not received in time`, { reason: "BAD_REQUEST", executed: "no" });
}

export function headersTooLarge(id: string): MicroError {
  return new MicroError(id, 431, "request headers: over the limit", { reason: "TOO_LARGE" });
}
