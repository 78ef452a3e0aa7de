import type { CallOptions, Stream } from "../../client/client.js";
import { anyShape, parseJson, stringifyJson } from "../../core/text/json.js";
import type { SidecarHttp } from "./http.js";
import { SidecarSocket } from "./socket.js";

/** Opens a stream through a sidecar: one JSON text per message, over a WebSocket. */
export async function openStream<Reply>(
  http: SidecarHttp,
  service: string,
  method: string,
  options: CallOptions,
): Promise<Stream<Reply>> {
  const query = new URLSearchParams({ service, method, ...(options.node && { node: options.node }) });
  const socket = await SidecarSocket.open(http, `/stream?${query}`, options.signal);
  const decode = (text: string) => (options.raw ? Buffer.from(text) : parseJson(text, anyShape)) as Reply;
  return {
    send: (request) =>
      socket.send(options.raw ? Buffer.from(request as Uint8Array).toString() : stringifyJson(request)),
    // an empty message marks the end
    end: () => socket.send(""),
    close: () => socket.close(),
    [Symbol.asyncDispose]: () => socket.close(),
    async *[Symbol.asyncIterator]() {
      for await (const text of socket) yield decode(text);
    },
  };
}
