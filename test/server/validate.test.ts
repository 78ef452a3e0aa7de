import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { z } from "zod";
import * as mini from "zod/mini";
import { z as z3 } from "zod/v3";
import type { StandardSchema } from "../../src/core/schema.js";
import { validate } from "../../src/server/schema/validate.js";

/** A schema whose check `test` runs for each value of `id`. */
type Make = (test: (id: string) => Promise<boolean>) => StandardSchema;

const makers: Readonly<Record<string, Make>> = {
  "zod, refine": (test) => z.object({ id: z.string().refine(test) }),
  "zod, superRefine": (test) =>
    z.object({
      id: z.string().superRefine(async (id, { addIssue }) => {
        if (!(await test(id))) addIssue("no");
      }),
    }),
  "zod, transform in a list of a union": (test) =>
    z.object({
      id: z.union([z.number(), z.string().transform(async (id) => ((await test(id)) ? id : z.NEVER))]),
    }),
  "zod, check of the whole": (test) => z.object({ id: z.string() }).refine(({ id }) => test(id)),
  "zod, recursive": (test) => {
    const node: z.ZodType = z.object({
      id: z.string().optional(),
      get next() {
        return z.array(node).optional();
      },
      more: z.lazy(() => z.object({}).optional()),
    });
    return z
      .object({ id: z.string() })
      .and(node)
      .refine((each) => test((each as { id: string }).id));
  },
  "zod mini": (test) => mini.object({ id: mini.string().check(mini.refine(test)) }),
  "zod 3": (test) => z3.object({ id: z3.string().refine(test) }),
  "zod 3, in a list": (test) =>
    z3.object({ id: z3.string() }).and(z3.object({ id: z3.string().refine(test) })),
};

describe("the validation of a schema with asynchronous checks", () => {
  for (const [name, make] of Object.entries(makers)) {
    it(`runs each check once: ${name}`, async () => {
      let ran = 0;
      const type = make(async () => ++ran > 0);
      for (const count of [1, 2]) {
        await validate("request", { id: "a" }, type);
        assert.equal(ran, count);
      }
    });

    it(`rejects where a check rejects, and leaves no rejection unhandled: ${name}`, async () => {
      const down = new Error("database down");
      const unhandled: unknown[] = [];
      const note = (error: unknown) => unhandled.push(error);
      process.on("unhandledRejection", note);
      const type = make(() => Promise.reject(down));
      await assert.rejects(async () => validate("request", { id: "a" }, type), down);
      await new Promise((resolve) => setTimeout(resolve, 10));
      process.off("unhandledRejection", note);
      assert.deepEqual(unhandled, []);
    });
  }

  it("names the field that a check refuses", async () => {
    const type = z.object({ user: z.object({ id: z.string().refine(async () => false, "unknown user") }) });
    await assert.rejects(async () => validate("request", { user: { id: "a" } }, type), {
      code: 400,
      detail: "request: user.id: unknown user",
    });
  });

  it("takes recursive schemas that make their parts anew each time", async () => {
    const lazy = (): z.ZodType => z.object({ name: z.string(), children: z.array(z.lazy(lazy)).optional() });
    const getter = (): z.ZodType =>
      z.object({
        name: z.string(),
        get children() {
          return z.array(getter()).optional();
        },
      });
    for (const make of [lazy, getter]) {
      const tree = { name: "a", children: [{ name: "b" }] };
      assert.deepEqual(await validate("request", tree, make()), tree);
    }
  });

  it("stays synchronous where no function of the author runs", () => {
    const type = z.object({
      id: z.string().trim().min(1).default("x"),
      list: z.array(
        z.discriminatedUnion("kind", [
          z.object({ kind: z.literal("a") }),
          z.object({ kind: z.literal("b") }),
        ]),
      ),
      map: z.record(z.string(), z.email()).optional(),
    });
    const value = validate("request", { list: [{ kind: "a" }] }, type);
    assert.deepEqual(value, { id: "x", list: [{ kind: "a" }] });
  });
});
