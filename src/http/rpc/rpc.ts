import type { CallOptions, Client } from "../../client/client.js";
import { forbidden, internal, MicroError, notFound } from "../../core/errors.js";
import { type Log, silent } from "../../core/log/log.js";
import type { Metadata } from "../../core/service.js";
import type { BufferedHandler, BufferedRequest } from "../body/buffered-request.js";
import { presentable } from "../errors.js";
import { defaultLimits } from "../limits.js";
import { TickBarrier } from "../listener/tick-barrier.js";
import { type Answer, errorAnswer, sendAnswer } from "../message/answer.js";
import { compressed } from "../message/compress.js";
import { metadataOf } from "../message/metadata.js";
import type { RequestContext } from "../message/request-context.js";
import type { RequestHead } from "../message/request-head.js";
import { bufferedRoute, type Route } from "../request-handler.js";
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
  readonly metadata?: (head: RequestHead, context: RequestContext) => Metadata;
  /** What metrics call a request that reaches no service. Default `other`. */
  readonly label?: string;
  /** Adds headers to those of an answer, name after value. */
  readonly decorate?: (headers: string[]) => void;
  readonly log?: Log;
}

const id = "go.micro.rpc";

/** Answers `/rpc`: one call of any service, as JSON or as a form. No router is before it. */
export class RpcHandler implements BufferedHandler {
  readonly id = id;
  readonly #options: RpcOptions;
  readonly #turn = new TickBarrier();
  readonly #post: Route;
  readonly #notAllowed: Route = {
    request: (request, response, context) => {
      this.#label(context);
      sendAnswer(request, response, methodNotAllowed);
    },
  };

  constructor(options: RpcOptions) {
    this.#options = options;
    const { maxBody = defaultLimits.body } = options;
    this.#post = bufferedRoute(this, { limit: maxBody, timeout: defaultLimits.requestTimeout });
  }

  /** The route of `/rpc` for a method of HTTP. */
  route(method: string): Route {
    return method === "POST" ? this.#post : this.#notAllowed;
  }

  async answer(request: BufferedRequest): Promise<Answer> {
    this.#label(request.context);
    const headers: string[] = [];
    try {
      const body = await this.#call(request, headers);
      headers.push("Content-Type", "application/json");
      return await compressed(request.head, { status: 200, headers, body });
    } catch (error) {
      return this.#failed(error, request.context, headers);
    }
  }

  async #call({ head, body, context, signal }: BufferedRequest, headers: string[]): Promise<Uint8Array> {
    const { client, allows, allowsAddress, metadata = headersOnly, decorate } = this.#options;
    const { service, method, request, address } = readRpc(head, body, context.path.query);
    if (allows?.(service) === false) throw forbidden(id, `service "${service}": not reachable from here`);
    const options: CallOptions = {
      raw: true,
      contentType: "application/json",
      timeout: callTimeout(head.headers.timeout, this.#options),
      metadata: metadata(head, context),
      signal,
      ...(address !== undefined && { node: address, anywhere: allowsAddress?.(address) }),
      onDone({ node, attempts }) {
        if (node !== undefined) context.label = service;
        headers.push("X-Micro-Attempts", String(attempts));
      },
    };
    await this.#turn.over();
    const reply = await client.call<Uint8Array>(service, method, request, options);
    decorate?.(headers);
    return withoutNewline(reply);
  }

  #label(context: RequestContext): void {
    const { label } = this.#options;
    if (label !== undefined) context.label = label;
  }

  #failed(error: unknown, context: RequestContext, headers: readonly string[]): Answer {
    if (!MicroError.is(error))
      (this.#options.log ?? silent).error({ err: error, request: context.id }, "rpc failed");
    return errorAnswer(rpcError(presentable(error, id, context)), headers);
  }
}

function headersOnly(head: RequestHead, context: RequestContext): Metadata {
  return metadataOf(head, { authorization: !context.credentials });
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

/** Source: the original. */
const methodNotAllowed: Answer = {
  status: 405,
  headers: [
    ...["Content-Type", "text/plain; charset=utf-8"],
    ...["X-Content-Type-Options", "nosniff"],
    ...["Allow", "POST"],
  ],
  body: Buffer.from("Method not allowed\n"),
};

/** The response as `/rpc` answers it: Go writes a newline behind JSON. */
export function withoutNewline(reply: Uint8Array): Uint8Array {
  return reply.at(-1) === 0x0a ? reply.subarray(0, -1) : reply;
}
