import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { silent } from "../../src/core/log/log.js";
import { MemoryRegistry } from "../../src/registry/memory/memory.js";
import { service } from "../../src/service/index.js";

const parts = { name: "declared", broker: "memory", log: silent, argv: [], env: {}, drainDelay: 0 };

describe("the route that a method asks for", () => {
  const fn = () => ({});
  for (const [metadata, says] of [
    [
      { path: "/g/{id}:cancel" },
      /^handle "A.B": metadata path "\/g\/{id}:cancel": the element "{id}:cancel" is neither plain text nor a name.*paths are as "\/users\/{id}"/,
    ],
    [{ path: "/users/:id" }, /the element ":id" is neither/],
    [{ path: "/files/*" }, /the element "\*" is neither/],
    [{ path: "/g/%C3%BC" }, /the element "%C3%BC" is percent-encoded; write it as it is read/],
    [{ path: "g" }, /does not begin with a slash/],
    [{ path: "/g//x" }, /the element "" is neither/],
    [{ path: "/g/{id}/{id}" }, /the name {id} is there twice/],
    [{ path: `/${"a/".repeat(40)}` }, /more than 32 elements/],
    [{ path: `/${"a".repeat(600)}` }, /longer than 500 characters/],
    [{ path: "/health/mine" }, /one of the gateway's own/],
    [{ path: "/" }, /one of the gateway's own/],
    [{ path: "/g", method: "GET,FETCH" }, /metadata method "GET,FETCH": HTTP has no method "FETCH"/],
    [{ path: "/g", method: "GET POST" }, /HTTP has no method "GET POST"/],
    [{ path: "/taken/{name}", method: "get" }, /handle "A.Taken" has it already/],
    [{ path: "/taken/{name}" }, /handle "A.Taken" has it already/],
  ] as const)
    it(`is refused at once where no request could match it: ${Object.values(metadata).join(" ").slice(0, 40)}`, async () => {
      await using declared = service({ ...parts, registry: new MemoryRegistry() });
      declared.handle("A.Taken", { metadata: { path: "/taken/{id}", method: "GET,PUT" } }, fn);
      const refused = { code: 400, reason: "USAGE", detail: says };
      assert.throws(() => declared.handle("A.B", { metadata }, fn), refused);
      assert.throws(() => declared.stream("A.B", { metadata }, async function* () {}), { reason: "USAGE" });
    });

  it("may differ in its HTTP method, in plain text, or in a slash at its end", async () => {
    await using declared = service({ ...parts, registry: new MemoryRegistry() });
    for (const [at, path] of ["/g/{id}", "/g/me", "/g/me/", "/g/ü", "/v1/g:cancel", "/Health/x"].entries())
      for (const method of ["GET", "PUT, delete"])
        declared.handle(`A.${method.slice(0, 3)}${at}`, { metadata: { path, method } }, fn);
  });
});
