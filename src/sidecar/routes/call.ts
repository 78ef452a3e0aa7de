import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Client } from "../../client/client.js";
import { badRequest } from "../../core/errors.js";
import { parseJson } from "../../core/text/json.js";
import { requireJson } from "../../http/admission/origin.js";
import { bodyBytes, utf8 } from "../../http/body/body.js";
import { callerLeaves } from "../../http/body/buffered-request.js";
import { metadataOf } from "../../http/message/metadata.js";
import { firstValues } from "../../http/message/query.js";
import { contextOf } from "../../http/message/request-context.js";
import { setStaleHeader } from "../../http/message/stale-header.js";
import { callTimeout, rpcError, withoutNewline } from "../../http/rpc/rpc.js";
import type { LastKnownRegistry } from "../last-known-registry.js";

export interface CallRouteOptions {
  readonly client: Client;
  readonly lastKnown: LastKnownRegistry;
  readonly timeout: number;
  readonly maxTimeout: number;
}

const id = "go.micro.rpc";
const name = /^[a-zA-Z0-9][a-zA-Z0-9._:-]{0,200}$/;

/** `POST /{service}/{method}`: the short form of `/rpc`. The request body is the request of the call. */
export async function callRoute(app: FastifyInstance, options: CallRouteOptions): Promise<void> {
  app.post("/:service/:method", async (request, reply) => {
    const { service, method } = readTarget(request);
    requireJson(request.headers, id);
    const response = await options.client
      .call<Uint8Array>(service, method, readJson(request), {
        raw: true,
        contentType: "application/json",
        metadata: metadataOf(request.raw),
        timeout: callTimeout(request.headers.timeout, options),
        signal: callerLeaves(request.raw, reply.raw),
        onDone: ({ attempts }) => void reply.header("X-Micro-Attempts", attempts),
      })
      .catch((error: unknown) => {
        throw rpcError(error);
      });
    contextOf(request.raw).label = service;
    setStaleHeader(reply, options.lastKnown.staleFor);
    return reply.header("Content-Type", "application/json").send(Buffer.from(withoutNewline(response)));
  });
}

/** The service and method in a path or query. @throws {MicroError} 400 when one is not a valid name. */
export function readTarget(request: FastifyRequest): { service: string; method: string } {
  const { service = "", method = "" } = {
    ...firstValues(request),
    ...(request.params as Partial<Record<"service" | "method", string>>),
  };
  if (!name.test(service)) throw badRequest(id, "invalid service");
  if (!name.test(method)) throw badRequest(id, "invalid method");
  return { service, method };
}

/** The unchanged bytes of the body, which has to be JSON. `null` for an empty one. */
function readJson(request: FastifyRequest): Buffer {
  const body = bodyBytes(request);
  if (body.length === 0) return Buffer.from("null");
  parseJson(utf8(body, id));
  return body;
}
