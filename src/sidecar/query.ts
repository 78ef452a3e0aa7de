import type { FastifyRequest } from "fastify";

/** The values of the query by name; of a name that is given several times, the first. */
export function queryOf(request: FastifyRequest): Readonly<Record<string, string | undefined>> {
  const values = Object.entries(request.query as Readonly<Record<string, string | readonly string[]>>);
  return Object.fromEntries(values.map(([name, value]) => [name, [value].flat()[0]]));
}
