import { once } from "node:events";
import { connect } from "node:net";
import { parseAddress } from "../../../src/core/net/address.js";

/** What a server answered on a raw socket. */
export interface RawAnswer {
  /** 0 when it answered nothing. */
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** Sends bytes as they are to `host:port`, which a client library would clean, and reads until the server is silent or closes. */
export async function raw(address: string, bytes: string | Buffer, quiet = 2000): Promise<RawAnswer> {
  const { host, port } = parseAddress(address);
  const socket = connect({ host, port });
  socket.on("error", () => {});
  socket.setTimeout(quiet, () => socket.destroy());
  const headless = bytes.slice(0, 5).toString() === "HEAD ";
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    const text = Buffer.concat(chunks).toString("latin1");
    if (isWhole(text) || (headless && text.includes("\r\n\r\n"))) socket.destroy();
  });
  socket.write(bytes);
  await once(socket, "close");
  return answer(Buffer.concat(chunks).toString("utf8"));
}

/** A request without surprises but for what is given. */
export function rawRequest(method: string, url: string, headers: readonly string[] = [], body = ""): string {
  return [`${method} ${url} HTTP/1.1`, ...headers, "", body].join("\r\n");
}

function isWhole(text: string): boolean {
  const end = text.indexOf("\r\n\r\n");
  const length = /\r\ncontent-length: (\d+)/i.exec(text.slice(0, Math.max(0, end)));
  return length !== null && text.length >= end + 4 + Number(length[1]);
}

function answer(text: string): RawAnswer {
  const end = text.indexOf("\r\n\r\n");
  const head = end < 0 ? text : text.slice(0, end);
  return {
    status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0),
    head,
    body: end < 0 ? "" : text.slice(end + 4),
  };
}
