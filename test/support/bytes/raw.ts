import { once } from "node:events";
import { connect } from "node:net";
import { parseAddress } from "../../../src/core/net/address.js";

/** Sends bytes as they are and resolves with all that comes back until `enough` holds or the peer closes. */
export async function exchange(
  address: string,
  bytes: string | Uint8Array,
  enough: (reply: string) => boolean = hasWholeReply,
): Promise<string> {
  const socket = connect(parseAddress(address));
  await once(socket, "connect");
  socket.write(bytes);
  let reply = "";
  try {
    for await (const chunk of socket.setEncoding("latin1") as AsyncIterable<string>) {
      reply += chunk;
      if (enough(reply)) break;
    }
  } finally {
    socket.destroy();
  }
  return reply;
}

/** True for one HTTP message whose length is given, or that ends in the last chunk. */
export function hasWholeReply(reply: string): boolean {
  const end = reply.indexOf("\r\n\r\n");
  if (end < 0) return false;
  const length = /\r\ncontent-length: *(\d+)/i.exec(reply.slice(0, end + 2))?.[1];
  if (length !== undefined) return reply.length >= end + 4 + Number(length);
  return reply.endsWith("0\r\n\r\n");
}
