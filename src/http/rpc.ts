import type { IncomingMessage, ServerResponse } from "node:http";
import type { CallReport, Client } from "../client/client.js";
import { forbidden, internal, MicroError, notFound } from "../core/errors.js";
import { type Log, silent } from "../core/log.js";
import type { Metadata } from "../core/service.js";
import { callerLeaves } from "./caller.js";
import { sendCompressed } from "./compress.js";
import { presentable, sendError } from "./errors.js";
import type { Exchange } from "./exchange.js";
import { defaultLimits } from "./limits.js";
import { metadataOf } from "./metadata.js";
import { readBody } from "./read-body.js";
import { letRunOff } from "./refused-body.js";
import { readRpc } from "./rpc-request.js";

export interface RpcOptions {
  readonly client: Client;
  /** Milliseconds for a call; what the caller's `Timeout` says may be shorter. Default 5000. */
  readonly timeout?: number;
  /** The longest that the caller's `Timeout` may ask for. Default: `timeout`. */
  readonly maxTimeout?: number;
  /** Bytes of a body. Default 4 MiB. */
  readonly maxBody?: number;
  /** Whether the service may be reached through this program. Default: all. */
  readonly allows?: (service: string) => boolean;
  /** Whether `address` may be one that is no node of the service. Default: never. */
  readonly allowsAddress?: (address: string) => boolean;
  /** Metadata of the call; default: the headers of the request. */
  readonly metadata?: (request: IncomingMessage, exchange: Exchange) => Metadata;
  /** Adds headers to an answer before it is written. */
  readonly decorate?: (response: ServerResponse, service: string) => void;
  readonly log?: Log;
}

const id = "go.micro.rpc";

/** Answers `/rpc`: one call of any service, as JSON or as a form. It reads the socket itself: no router is before it. */
export class RpcHandler {
  readonly #options: RpcOptions;

  constructor(options: RpcOptions) {
    this.#options = options;
  }

  /** Answers the request; it never rejects. */
  async handle(request: IncomingMessage, response: ServerResponse, exchange: Exchange): Promise<void> {
    try {
      if (request.method !== "POST") return methodNotAllowed(request, response);
      const limits = {
        limit: this.#options.maxBody ?? defaultLimits.body,
        timeout: defaultLimits.requestTimeout,
      };
      const body = await readBody(request, limits, id);
      const reply = await this.#call(request, body, response, exchange);
      response.setHeader("Content-Type", "application/json");
      await sendCompressed(request, response, reply);
    } catch (error) {
      this.#fail(request, response, exchange, error);
    }
  }

  async #call(
    message: IncomingMessage,
    body: Buffer,
    response: ServerResponse,
    exchange: Exchange,
  ): Promise<Uint8Array> {
    const {
      client,
      allows,
      allowsAddress,
      metadata = (request) => metadataOf(request),
      decorate,
    } = this.#options;
    const { service, method, request, address } = readRpc(message, body, exchange.path.query);
    if (allows?.(service) === false) throw forbidden(id, `service "${service}": not reachable from here`);
    const reply = await client.call<Uint8Array>(service, method, request, {
      raw: true,
      contentType: "application/json",
      timeout: callTimeout(message.headers.timeout, this.#options),
      metadata: metadata(message, exchange),
      signal: callerLeaves(response, id),
      ...(address !== undefined && { node: address, anywhere: allowsAddress?.(address) }),
      onDone: (report) => told(response, exchange, service, report),
    });
    decorate?.(response, service);
    return withoutNewline(reply);
  }

  #fail(request: IncomingMessage, response: ServerResponse, exchange: Exchange, error: unknown): void {
    if (response.destroyed) return;
    const shown = rpcError(presentable(error, id, exchange.id));
    if (!MicroError.is(error))
      (this.#options.log ?? silent).error({ err: error, request: exchange.id }, "rpc failed");
    letRunOff(request, response);
    sendError(response, shown);
  }
}

/** Milliseconds for a call: the caller's `Timeout` (nanoseconds) may shorten it, and lengthen it up to the cap. */
export function callTimeout(
  header: string | string[] | undefined,
  { timeout = 5000, maxTimeout = timeout }: Pick<RpcOptions, "timeout" | "maxTimeout">,
): number {
  if (typeof header !== "string" || !/^\d{1,18}$/.test(header)) return timeout;
  return Math.min(Math.max(1, Number(header) / 1e6), maxTimeout);
}

/**
 * What a caller of `/rpc` is told: a text without a code in the words of the original, an unknown service with its id
 * and detail, and for an `address` that is no node of the service that it may not be called, not whether it answers.
 */
export function rpcError(thrown: unknown): MicroError {
  const error = MicroError.from(thrown, id);
  if (error.reason === "NODE_NOT_FOUND") return forbidden(id, error.detail);
  if (error.reason === "SERVICE_NOT_FOUND" || error.reason === "NO_NODES") return noneAvailable(error);
  return error.code === 0 ? internal(id, `error during request: ${error.detail}`) : error;
}

function noneAvailable({ reason, cause }: MicroError): MicroError {
  return notFound("go.micro.client", "none available", { ...(reason && { reason }), cause });
}

function told(response: ServerResponse, exchange: Exchange, service: string, report: CallReport): void {
  if (report.node !== undefined) exchange.label = service;
  if (!response.headersSent) response.setHeader("X-Micro-Attempts", report.attempts);
}

/** Source: the original. */
function methodNotAllowed(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  response.writeHead(405, {
    "Content-Type": "text/plain; charset=utf-8",
    "X-Content-Type-Options": "nosniff",
    Allow: "POST",
    "Content-Length": 19,
  });
  response.end("Method not allowed\n");
}

/** The response as `/rpc` answers it: Go writes a newline behind JSON. */
export function withoutNewline(reply: Uint8Array): Uint8Array {
  return reply.at(-1) === 0x0a ? reply.subarray(0, -1) : reply;
}
