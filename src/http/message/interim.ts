import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { reasonPhrase } from "../../core/reason-phrase.js";
import { checkHeader, hasLeft } from "./write-head.js";

/** Sends an informational response (102, 103) before the final one. */
export type Inform = (status: number, headers: readonly string[]) => void;

/**
 * Returns a function that sends informational responses. It does nothing for HTTP/1.0, and while a pipelined request
 * waits for earlier ones.
 */
export function informing(response: ServerResponse): Inform {
  const { req } = response;
  return (status, headers) => {
    if (response.headersSent || hasLeft(response)) return;
    if (req.httpVersionMajor === 2) informHttp2(response, status, headers);
    else if (req.httpVersion === "1.1" && response.socket) inform(response.socket, status, headers);
  };
}

/** Writes an informational response to a connection on which no other response is pending. */
export function inform(socket: Socket, status: number, headers: readonly string[]): void {
  if (!socket.writable) return;
  let head = `HTTP/1.1 ${status} ${reasonPhrase(status)}\r\n`;
  for (let i = 0; i + 1 < headers.length; i += 2) {
    checkHeader(headers[i] ?? "", headers[i + 1] ?? "");
    head += `${headers[i]}: ${headers[i + 1]}\r\n`;
  }
  socket.write(`${head}\r\n`, "latin1");
}

function informHttp2(response: ServerResponse, status: number, headers: readonly string[]): void {
  const { stream } = response as unknown as import("node:http2").Http2ServerResponse;
  const fields: Record<string, string | string[]> = {};
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = (headers[i] ?? "").toLowerCase();
    fields[name] = [fields[name] ?? [], headers[i + 1] ?? ""].flat();
  }
  stream.additionalHeaders({ ...fields, ":status": status });
}
