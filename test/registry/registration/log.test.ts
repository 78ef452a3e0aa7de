import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { unavailable } from "../../../src/core/errors.js";
import { silent } from "../../../src/core/log/log.js";
import { MemoryRegistry } from "../../../src/registry/memory/memory.js";
import { Registration } from "../../../src/registry/registration/registration.js";

const away = unavailable("go.micro.registry", "connect ECONNREFUSED", { reason: "REGISTRY_UNREACHABLE" });

class Away extends MemoryRegistry {
  readonly servers = ["10.0.0.1:8500"];
  override register(): Promise<void> {
    return Promise.reject(away);
  }
}

describe("a registration that fails", () => {
  it("is logged in one line with code, address and next attempt, and with a stack at debug level only", async () => {
    const warned: [Record<string, unknown>, string][] = [];
    const traced: object[] = [];
    const log = {
      ...silent,
      warn: (fields: object, text: string) => void warned.push([{ ...fields }, text]),
      debug: (fields: object) => void traced.push(fields),
    };
    const nodes = [{ id: "a-1", address: "127.0.0.1", port: 1, metadata: {} }];
    const entry = { name: "go.micro.srv.a", version: "1", metadata: {}, endpoints: [], nodes };
    await using registry = new Away();
    await using registration = new Registration(registry, entry, { log, unique: true });
    await registration.start();
    const [[{ retryIn, ...fields }, text] = assert.fail()] = warned;
    assert.equal(text, "registering failed, trying again");
    assert.deepEqual(fields, {
      service: "go.micro.srv.a",
      code: 503,
      reason: "REGISTRY_UNREACHABLE",
      detail: "connect ECONNREFUSED",
      registry: "10.0.0.1:8500",
    });
    assert.ok(Number(retryIn) >= 10 && Number(retryIn) <= 2000, String(retryIn));
    assert.deepEqual(traced, [{ err: away, service: "go.micro.srv.a" }]);
  });
});
