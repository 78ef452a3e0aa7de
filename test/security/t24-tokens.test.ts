import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PassedOn } from "../support/passed-on.js";

const names = ["X-Consul-Token", "X-Micro-Sidecar-Token", "X_Consul_Token", "x-micro_sidecar-token"];

describe("T24: tokens of the agent and of the sidecar", () => {
  it("reach no service, by any path of a client's headers", async () => {
    await using passed = await PassedOn.open();
    const secrets = names.map((name) => [name, "secret-of-the-client"] as const);
    for (const [way, given] of await passed.ask([...secrets, ["X-Mine", "kept"]])) {
      assert.match(given, /x-mine\W+kept/i, way);
      assert.doesNotMatch(given, /secret-of-the-client/, way);
    }
  });
});
