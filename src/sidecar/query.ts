import type { FastifyRequest } from "fastify";

/** The query parameters. Of a repeated one, the first value. */
export function queryOf(request: FastifyRequest): Readonly<Record<string, string | undefined>> {
  const values = Object.entries(request.query as Readonly<Record<string, string | readonly string[]>>);
  return Object.fromEntries(values.map(([name, value]) => [name, [value].flat()[0]]));
}
