import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { isIP } from "node:net";
import { badRequest, internal, MicroError, tooLarge } from "../../core/errors.js";
import type { Message } from "../../core/message.js";
import type { TlsOptions } from "../../transport/transport.js";
import { decodeEnvelope, maxEnvelope } from "../envelope.js";

/** Takes a message for the subscriber `id`; resolves when that acknowledged, or when there is no such subscriber. */
export type Receive = (id: string, topic: string, message: Message) => Promise<void>;

const limits = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 5_000,
};

export interface ReceiverOptions {
  readonly tls?: TlsOptions;
  /** Names by which publishers may ask, lower case, beside any IP address. */
  readonly hosts: ReadonlySet<string>;
}

/** The server that publishers post to, not yet listening: `POST /_sub?id=<subscriber>`. */
export function createReceiver(receive: Receive, { tls, hosts }: ReceiverOptions): Server {
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    answer(request, response, receive, hosts).catch(() => request.destroy());
  };
  const server = tls
    ? createTlsServer({ ...limits, ...serverTls(tls) }, listener)
    : createServer(limits, listener);
  server.maxConnections = 10_000;
  return server;
}

function serverTls({ cert, key, clientCa }: TlsOptions) {
  return { cert, key, ca: clientCa, requestCert: clientCa !== undefined };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  receive: Receive,
  hosts: ReadonlySet<string>,
): Promise<void> {
  const [path, query = ""] = (request.url ?? "").split("?", 2);
  if (!hasSafeHost(request, hosts))
    return refuse(response, new MicroError("go.micro.broker", 421, "Misdirected Request"));
  if (path !== "/_sub") return reply(response, 404, "404 page not found\n");
  if (request.method !== "POST")
    return refuse(response, badRequest("go.micro.broker", "Method not allowed"), 405);
  try {
    const { topic, message } = decodeEnvelope(await readText(request));
    if (topic === undefined) throw internal("go.micro.broker", "Topic not found");
    await receive(new URLSearchParams(query).get("id") ?? "", topic, message);
    reply(response, 200);
  } catch (error) {
    refuse(response, failure(error));
  }
}

function refuse(response: ServerResponse, error: MicroError, status = error.code): void {
  // What is left of a body that is too large is not read.
  if (error.code === 413) response.setHeader("Connection", "close");
  reply(response, status, `${JSON.stringify(error)}\n`);
}

function reply(response: ServerResponse, status: number, text = ""): void {
  if (text !== "") response.setHeader("Content-Type", "text/plain; charset=utf-8");
  response.writeHead(status, { "Content-Length": Buffer.byteLength(text) }).end(text);
}

/** 500 for nearly all, what does not parse included: so says the Go broker. */
function failure(error: unknown): MicroError {
  const { code, detail } = MicroError.from(error, "go.micro.broker");
  return new MicroError("go.micro.broker", code === 413 || code === 408 ? code : 500, detail);
}

/** An address, or one of `hosts`: any name would let a web page reach a broker on loopback by DNS rebinding. */
function hasSafeHost({ headers }: IncomingMessage, hosts: ReadonlySet<string>): boolean {
  const host = (headers.host ?? "").toLowerCase().replace(/:\d+$/, "");
  return isIP(host.replace(/^\[|\]$/g, "")) !== 0 || hosts.has(host);
}

function readText(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= maxEnvelope) chunks.push(chunk);
      else reject(tooLarge("go.micro.broker", `message: more than ${maxEnvelope} bytes`));
    });
    request.on("end", () => resolve(Buffer.concat(chunks).toString()));
    request.on("close", () => reject(badRequest("go.micro.broker", "message: cut off")));
    request.on("error", reject);
  });
}
