import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { badRequest, internal, MicroError } from "../../../core/errors.js";
import type { Message } from "../../../core/message.js";
import { reasonPhrase } from "../../../core/reason-phrase.js";
import { asBuffer } from "../../../core/text/as-buffer.js";
import { readBody } from "../../../transport/http/server/body.js";
import { checkRequest } from "../../../transport/http/server/check-request.js";
import { parserError } from "../../../transport/http/server/parser-error.js";
import { pendingResponsesOn } from "../../../transport/http/server/pending-responses.js";
import { serverTls } from "../../../transport/tls.js";
import type { TlsOptions } from "../../../transport/transport.js";
import { decodeEnvelope, maxEnvelope } from "../../envelope.js";

/** Delivers a message to subscriber `id`. Resolves when it has acknowledged; with false if there is none. */
export type Receive = (id: string, topic: string, message: Message) => Promise<boolean>;

const limits = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 5_000,
  requireHostHeader: false, // Node would answer 400 without a body
};

export interface PostServerOptions {
  readonly tls?: TlsOptions;
  /** Host names, in lower case, that requests may be addressed to, besides any IP address. */
  readonly hosts: ReadonlySet<string>;
}

/** Makes the server that publishers post to: `POST /_sub?id=<subscriber>`. It does not listen yet. */
export function createPostServer(receive: Receive, { tls, hosts }: PostServerOptions): Server {
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    pendingResponsesOn(request.socket).began(response);
    answer(request, response, receive, hosts).catch(() => request.destroy());
  };
  const server = tls
    ? createTlsServer({ ...limits, ...serverTls(tls) }, listener)
    : createServer(limits, listener);
  server.maxConnections = 10_000;
  server.on("checkExpectation", listener);
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    const refused = parserError(error, "go.micro.broker");
    const body = `${JSON.stringify(refused)}\n`;
    const head = `HTTP/1.1 ${refused.code} ${reasonPhrase(refused.code)}\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n`;
    const answer = `${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
    pendingResponsesOn(socket).end(socket, () => socket.end(answer, () => socket.destroy()));
  });
  return server;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  receive: Receive,
  hosts: ReadonlySet<string>,
): Promise<void> {
  const [path, query = ""] = (request.url ?? "").split("?", 2);
  const problem = checkRequest(request, hosts);
  // Its size limit is for a bare body; an envelope may be larger.
  if (problem && problem.code !== 413) return refuse(response, problem);
  if (path !== "/_sub") return reply(response, 404, "404 page not found\n");
  if (request.method !== "POST")
    return refuse(response, badRequest("go.micro.broker", "Method not allowed"), 405);
  try {
    const { topic, message } = decodeEnvelope(asBuffer(await readBody(request, maxEnvelope)).toString());
    if (topic === undefined) throw internal("go.micro.broker", "Topic not found");
    // An unknown subscriber is not an error, as in the Go broker.
    await receive(new URLSearchParams(query).get("id") ?? "", topic, message);
    reply(response, 200);
  } catch (error) {
    refuse(response, failure(error));
  }
}

function refuse(response: ServerResponse, error: MicroError, status = error.code): void {
  // The rest of an oversized body is not read.
  if (error.code === 413) response.setHeader("Connection", "close");
  reply(response, status, `${JSON.stringify(error)}\n`);
}

function reply(response: ServerResponse, status: number, text = ""): void {
  if (text !== "") response.setHeader("Content-Type", "text/plain; charset=utf-8");
  response.writeHead(status, { "Content-Length": Buffer.byteLength(text) }).end(text);
}

/** Maps nearly every error to 500, also for malformed input, as the Go broker does. */
function failure(error: unknown): MicroError {
  const { code, detail } = MicroError.from(error, "go.micro.broker");
  return new MicroError("go.micro.broker", code === 413 || code === 408 ? code : 500, detail);
}
