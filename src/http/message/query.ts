import type { FastifyRequest } from "fastify";

/** Query parameters by name: a string, or all strings of a repeated parameter. */
export type Query = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Returns the query of a request. A value that is not percent-encoded UTF-8 is kept as sent. */
export function queryOf(request: FastifyRequest): Query {
  return request.query as Query;
}

/** Returns the first value of a parameter, which may be repeated. */
export function first(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === "string" ? value : value?.[0];
}

/** Returns the query of a request, with the first value of each parameter. */
export function firstValues(request: FastifyRequest): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(Object.entries(queryOf(request)).map(([name, value]) => [name, first(value)]));
}
