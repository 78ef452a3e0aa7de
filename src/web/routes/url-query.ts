import type { FastifyRequest } from "fastify";
import { badRequest } from "../../core/errors.js";
import { first, queryOf } from "../../http/message/query.js";
import { id } from "../context.js";

const maxLength = 1_000;

/** One value of the query, empty where there is none. @throws {MicroError} 400 when it is longer than any name. */
export function textOf(request: FastifyRequest, name: string): string {
  const value = first(queryOf(request)[name]) ?? "";
  if (value.length > maxLength) throw badRequest(id, `query "${name}": too long`);
  return value;
}
