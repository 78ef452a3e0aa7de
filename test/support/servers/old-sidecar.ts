import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocketServer } from "ws";

/** A sidecar of 2016 that gives its recorded answers, and keeps what it was asked. */
export class OldSidecar implements AsyncDisposable {
  readonly address: string;
  readonly asked: { readonly method: string; readonly url: string; readonly body: string }[] = [];
  /** Texts that came over WebSockets. */
  readonly published: string[] = [];
  /** The same as bytes. */
  readonly publishedBytes: Buffer[] = [];
  readonly #close: () => Promise<void>;

  private constructor(port: number, close: () => Promise<void>) {
    this.address = `127.0.0.1:${port}`;
    this.#close = close;
  }

  static async open(): Promise<OldSidecar> {
    const server = createServer((request, response) => void sidecar.#answer(request, response));
    const sockets = new WebSocketServer({ server });
    sockets.on("connection", (socket) =>
      socket.on("message", (data: Buffer) => {
        sidecar.published.push(String(data));
        sidecar.publishedBytes.push(data);
      }),
    );
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const close = async () => {
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    };
    const sidecar: OldSidecar = new OldSidecar((server.address() as AddressInfo).port, close);
    return sidecar;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    const { method = "", url = "" } = request;
    this.asked.push({ method, url, body });
    const { status, type, text } = recorded(fixtureFor(method, new URL(url, "http://x"), body));
    response.writeHead(status, type ? { "content-type": type } : {}).end(text);
  }
}

function fixtureFor(method: string, { pathname, searchParams }: URL, body: string): string {
  if (pathname === "/broker") return "broker-post";
  if (pathname === "/rpc") return rpcFixture(JSON.parse(body));
  if (pathname !== "/registry") return "notfound";
  if (method === "DELETE") return "registry-delete";
  if (method === "POST") return "registry-post";
  const service = searchParams.get("service");
  if (service === null) return "registry-list";
  return service === "go.micro.srv.greeter" ? "registry-get" : "registry-get-missing";
}

function rpcFixture({ service, method, address }: Record<string, string>): string {
  if (address) return "rpc-json-address-refused";
  if (service !== "go.micro.srv.greeter") return "rpc-unknown-service";
  const byMethod: Record<string, string> = {
    "Say.Hello": "rpc-json-ok",
    "Say.BadRequest": "rpc-error-400",
    "Say.Plain": "rpc-error-plain",
    "Say.Sleep": "rpc-timeout",
  };
  return byMethod[method ?? ""] ?? "rpc-unknown-method";
}

/** The response of a recorded exchange. */
function recorded(name: string): { status: number; type: string | undefined; text: string } {
  const file = new URL(`../../fixtures/sidecar/${name}.json`, import.meta.url);
  const exchange = JSON.parse(readFileSync(file, "utf8"));
  const messages: { dir?: string; text: string }[] = exchange.connections?.[0].messages ?? [];
  const raw: string = exchange.response?.text ?? messages.find(({ dir }) => dir === "s2c")?.text;
  const [head = "", ...rest] = raw.split("\r\n\r\n");
  return {
    status: Number(head.split(" ")[1]),
    type: /^content-type: (.*)$/im.exec(head)?.[1],
    text: rest.join("\r\n\r\n"),
  };
}
