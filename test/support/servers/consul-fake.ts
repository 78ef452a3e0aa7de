import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** Answers a request as the test wants it: an HTTP server in the place of Consul. */
export type Answering = (request: IncomingMessage, response: ServerResponse) => void;

/** A Consul that says what a test tells it to say, and counts what it is asked beside its name. */
export class FakeConsul implements AsyncDisposable {
  readonly #server: Server;
  /** Method and path of each request so far. */
  readonly requests: string[] = [];
  answer: Answering;
  /** What it says of itself. */
  self: Answering = (_, response) => void response.end('{"Config":{"NodeName":"fake"}}');

  constructor(answer: Answering) {
    this.answer = answer;
    this.#server = createServer((request, response) => {
      if (request.url === "/v1/agent/self") return this.self(request, response);
      this.requests.push(`${request.method} ${request.url}`);
      this.answer(request, response);
    });
  }

  /** `host:port` where it listens. */
  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async listen(): Promise<this> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return this;
  }

  /** Breaks every connection. */
  hangUp(): void {
    this.#server.closeAllConnections();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, "close");
  }
}

/** Starts one that gives `answer`. */
export function fakeConsul(answer: Answering): Promise<FakeConsul> {
  return new FakeConsul(answer).listen();
}

/** Sends `body` as JSON with the headers of a read. */
export function sendRead(response: ServerResponse, index: number | string, body: unknown): void {
  response.writeHead(200, { "content-type": "application/json", "x-consul-index": String(index) });
  response.end(JSON.stringify(body));
}
