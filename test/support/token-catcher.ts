import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";

/** A server that tries to catch a token. */
export interface TokenCatcher extends AsyncDisposable {
  readonly address: string;
  /** How many times a token was seen in what came in. */
  caught: number;
}

/** Listens, and looks for `token` in all that comes in; every request is answered as unknown. */
export async function tokenCatcher(token: string): Promise<TokenCatcher> {
  const server = createServer((socket) => {
    let seen = "";
    socket.setEncoding("latin1");
    socket.on("error", () => {});
    socket.on("data", (text: string) => {
      seen += text;
      if (seen.includes(token)) {
        catcher.caught++;
        seen = "";
      }
      socket.end("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const catcher: TokenCatcher = {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    caught: 0,
    [Symbol.asyncDispose]: async () => {
      server.close();
    },
  };
  return catcher;
}
