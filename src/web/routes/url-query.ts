import type { FastifyRequest } from "fastify";
import { badRequest } from "../../core/errors.js";
import { contextOf } from "../../http/message/request-context.js";
import { id } from "../context.js";

const maxLength = 1_000;

/** The query of a request's URL. */
export function queryOf(request: FastifyRequest): URLSearchParams {
  return new URLSearchParams(contextOf(request.raw).path.query);
}

/** One value of a query, empty where there is none. @throws {MicroError} 400 when it is longer than any name. */
export function textOf(query: URLSearchParams, name: string): string {
  const value = query.get(name) ?? "";
  if (value.length > maxLength) throw badRequest(id, `query "${name}": too long`);
  return value;
}
