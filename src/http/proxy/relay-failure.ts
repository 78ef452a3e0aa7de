import { MicroError } from "../../core/errors.js";

/**
 * Describes why a backend gave no response, or an incomplete one.
 * Source: the error codes of undici and Node. Errors of undici's parser have none.
 */
export function whatFailed(error: unknown): string {
  if (MicroError.is(error)) return error.executed === "no" ? "cannot be reached" : error.detail;
  const { code = "", message = "", name } = (error ?? {}) as NodeJS.ErrnoException;
  if (code === "UND_ERR_HEADERS_OVERFLOW" || code === "HPE_HEADER_OVERFLOW")
    return "answer headers: over 64 KiB";
  if (code === "UND_ERR_HEADERS_TIMEOUT") return "no answer in time";
  if (code === "UND_ERR_BODY_TIMEOUT") return "answer: silent for too long";
  // undici rejects an invalid status by an assertion.
  if (name === "AssertionError") return "answer: not HTTP (no status)";
  if (name === "HTTPParserError") return `answer: not HTTP (${/\((.*)\)$/.exec(message)?.[1] ?? message})`;
  if (code.startsWith("HPE_")) return `answer: not HTTP (${message.replace(/^Parse Error: /, "")})`;
  if (code === "UND_ERR_RES_CONTENT_LENGTH_MISMATCH" || /^(ECONNRESET|EPIPE)$/.test(code)) return cut;
  if (code !== "UND_ERR_SOCKET") return `no answer: ${message}`;
  if (message === "bad response") return "answer: not HTTP (bytes before the request or a second answer)";
  return message === "bad upgrade" ? "answer: switches protocols without being asked" : cut;
}

const cut = "answer: cut off, the connection was closed";

/** The error to send to the client of a relayed request. */
export function badGateway(id: string, nodeId: string, cause: unknown): MicroError {
  if (MicroError.is(cause) && (cause.code === 504 || cause.reason === "OVERLOADED")) return cause;
  const { code } = (cause ?? {}) as NodeJS.ErrnoException;
  const detail = `${nodeId}: ${whatFailed(cause)}`;
  if (code === "UND_ERR_HEADERS_TIMEOUT") return new MicroError(id, 504, detail, { cause, node: nodeId });
  return new MicroError(id, 502, detail, { cause, node: nodeId });
}
