import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { unavailable } from "../../src/core/errors.js";
import { Dashboards } from "../support/dashboard.js";

describe("the list of services of a registry that refuses to list", () => {
  it("is what is known, and says how long that took, not how long it could have taken", async () => {
    await using dashboards = new Dashboards();
    const http = await dashboards.open();
    dashboards.registry.listServices = async () => {
      throw unavailable("go.micro.registry", "away");
    };
    const answer = await fetch(`${http.url}/registry`, { headers: { "Content-Type": "application/json" } });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get("x-micro-registry-stale"), "1");
  });
});
