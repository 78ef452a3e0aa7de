import type { FastifyRequest } from "fastify";

/** Values of a query string by name: a text, or all texts of a name that is given several times. */
export type Query = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Returns the query of a request. A value that is no percent-encoded UTF-8 stays as it was sent. */
export function queryOf(request: FastifyRequest): Query {
  return request.query as Query;
}

/** Returns the first value of a name that may be given several times. */
export function first(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === "string" ? value : value?.[0];
}

/** Returns the query of a request, of each name the first value. */
export function firstValues(request: FastifyRequest): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(Object.entries(queryOf(request)).map(([name, value]) => [name, first(value)]));
}
