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
  /** Milliseconds for a call. The caller's `Timeout` header may shorten it. Default 5000. */
  readonly timeout?: number;
  /** Maximum, in milliseconds, for the caller's `Timeout` header. Default: `timeout`. */
  readonly maxTimeout?: number;
  /** Maximum size of a body, in bytes. Default 4 MiB. */
  readonly maxBody?: number;
  /** Returns whether a service may be called through this program. Default: all may. */
  readonly allows?: (service: string) => boolean;
  /** Returns whether `address` may be called without being a node of the service. Default: never. */
  readonly allowsAddress?: (address: string) => boolean;
  /** Metadata of the call. Default: the headers of the request. */
  readonly metadata?: (head: RequestHead, context: RequestContext) => Metadata;
  /** What metrics call a request that reaches no service. Default `other`. */
  readonly label?: string;
  /** Adds headers to an answer, alternating names and values. */
  readonly decorate?: (headers: string[]) => void;
  readonly log?: Log;
}

const id = "go.micro.rpc";

/** Serves `/rpc`: calls a method of any service, from JSON or a form. It bypasses the router. */
export class RpcHandler implements BufferedHandler {
  readonly id = id;
  readonly #options: RpcOptions;
  readonly #barrier = new TickBarrier();
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
    const post = bufferedRoute(this, { limit: maxBody, timeout: defaultLimits.requestTimeout });
    this.#post = {
      ...post,
      request: (request, response, context) => {
        this.#label(context); // also of a request whose body is refused
        return post.request(request, response, context);
      },
    };
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
    await this.#barrier.over();
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

/** Milliseconds for a call. The caller's `Timeout` (nanoseconds) may shorten it, or extend it up to `maxTimeout`. */
export function callTimeout(
  header: string | string[] | undefined,
  { timeout = 5000, maxTimeout = timeout }: Pick<RpcOptions, "timeout" | "maxTimeout">,
): number {
  if (typeof header !== "string" || !/^\d{1,18}$/.test(header)) return timeout;
  return Math.min(Math.max(1, Number(header) / 1e6), maxTimeout);
}

/**
 * The error for a caller of `/rpc`. Plain text and unknown services are reported with id and detail of the original. An
 * `address` that is not a node of the service is forbidden, whether or not it can be reached.
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

/** Answers any method but POST. Source of the text: the original. */
const methodNotAllowed: Answer = {
  status: 405,
  headers: [
    ...["Content-Type", "text/plain; charset=utf-8"],
    ...["X-Content-Type-Options", "nosniff"],
    ...["Allow", "POST"],
  ],
  body: Buffer.from("Method not allowed\n"),
};

/** Removes the newline that Go writes after JSON. */
export function withoutNewline(reply: Uint8Array): Uint8Array {
  return reply.at(-1) === 0x0a ? reply.subarray(0, -1) : reply;
}
