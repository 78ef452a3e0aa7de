import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { splitTarget } from "../../../src/cli/target/resolve.js";
import { suggest } from "../../../src/core/text/suggest.js";

describe("names", () => {
  const services = ["go.micro.api", "go.micro.srv.greeter", "go.micro.srv.users", "go.micro.web"];

  it("finds the nearest by letters, by last label and by beginning", () => {
    assert.deepEqual(suggest("go.micro.srv.greter", services, 1), ["go.micro.srv.greeter"]);
    assert.deepEqual(suggest("greeter", services, 1), ["go.micro.srv.greeter"]);
    assert.deepEqual(suggest("greter", services, 1), ["go.micro.srv.greeter"]);
    assert.deepEqual(suggest("zzz", services), []);
  });

  it("tells a method alone from a service with a method", () => {
    assert.deepEqual(splitTarget(["Say.Hello", "{}"]), { method: "Say.Hello", rest: ["{}"] });
    const hyphens = { service: "shop-service", method: "shop-items.get-one", rest: [] };
    assert.deepEqual(splitTarget(["shop-service", "shop-items.get-one"]), hyphens);
    assert.deepEqual(splitTarget(["Say.Hello"]), { method: "Say.Hello", rest: [] });
    const both = { service: "go.micro.srv.greeter", method: "Say.Hello", rest: ["{}"] };
    assert.deepEqual(splitTarget(["go.micro.srv.greeter", "Say.Hello", "{}"]), both);
  });
});
