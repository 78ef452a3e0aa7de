import assert from "node:assert/strict";
import { it } from "node:test";
import { fastify } from "fastify";
import { firstValues, queryOf } from "../../../src/http/message/query.js";

it("the query of a request: all values, the first of each name, and text as it was sent where it is no UTF-8", async () => {
  await using app = fastify();
  app.get("/", async (request) => ({ all: queryOf(request), first: firstValues(request) }));
  const { json } = await app.inject("/?a=1&a=2&b=x+y%20z&c=%ff&d&__proto__=e");
  assert.deepEqual(
    json(),
    JSON.parse(`{
    "all": { "a": ["1", "2"], "b": "x y z", "c": "%ff", "d": "", "__proto__": "e" },
    "first": { "a": "1", "b": "x y z", "c": "%ff", "d": "", "__proto__": "e" }
  }`),
  );
});
