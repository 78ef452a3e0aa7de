import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { silent } from "../../src/core/log/log.js";
import { MemoryRegistry } from "../../src/registry/memory/memory.js";
import { service } from "../../src/service/index.js";

describe("a service that serves", () => {
  for (const [argv, expected] of [
    [["--tls_insecure"], ["--tls_insecure: any certificate is accepted"]],
    [[], []],
  ] as const)
    it(`warns of what it accepts: ${argv.join(" ") || "verified certificates alone"}`, async () => {
      const said: string[] = [];
      const log = { ...silent, warn: (_: object, text: string) => void said.push(text) };
      await using registry = new MemoryRegistry();
      const options = { broker: "memory", argv, env: {}, drainDelay: 0 } as const;
      await using own = service({ ...options, name: "go.micro.srv.a", registry, log });
      await own.start();
      assert.deepEqual(said, expected);
    });
});
