import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { fastify } from "fastify";

/** Checks a value against `schemas/cli/NAME.json`; fastify brings the validator. */
export async function matchesSchema(value: unknown, name: string): Promise<void> {
  const schema = JSON.parse(readFileSync(new URL(`../../schemas/cli/${name}.json`, import.meta.url), "utf8"));
  await using app = fastify({ ajv: { customOptions: { coerceTypes: false, removeAdditional: false } } });
  delete schema.$schema;
  app.post("/", { schema: { body: schema } }, async () => "ok");
  const { body } = await app.inject({
    method: "POST",
    url: "/",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(value),
  });
  assert.equal(body, "ok", `${name}: ${body} in ${JSON.stringify(value)}`);
}
