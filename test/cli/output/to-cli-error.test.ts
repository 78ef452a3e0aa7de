import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { exitCodes } from "../../../src/cli/errors.js";
import { toCliError } from "../../../src/cli/output/to-cli-error.js";
import { MicroError, type Reason, timeout, unavailable } from "../../../src/core/errors.js";

const about = { service: "go.micro.srv.greeter", method: "Say.Hello" };

const remote: readonly (readonly [string, number, string, Reason])[] = [
  ["go.micro.srv.greeter", 400, "name is required", "BAD_REQUEST"],
  ["go.micro.srv.greeter", 404, "no such user", "BAD_REQUEST"],
  ["go.micro.srv.greeter", 418, "short and stout", "BAD_REQUEST"],
  ["go.micro.srv.greeter", 500, "it broke", "REMOTE_ERROR"],
  ["go.micro.srv.greeter", 401, "who are you", "UNAUTHORIZED"],
  ["go.micro.srv.greeter", 403, "not you", "FORBIDDEN"],
  ["go.micro.srv.greeter", 413, "too much", "TOO_LARGE"],
  ["go.micro.srv.greeter", 504, "too slow", "TIMEOUT"],
  ["go.micro.client", 500, "none available", "NO_NODES"],
  ["go.micro.client", 500, "not found", "SERVICE_NOT_FOUND"],
  ["go.micro.client", 408, "context deadline exceeded", "TIMEOUT"],
  ["go.micro.client", 500, "Error sending request: dial tcp: connection refused", "NODE_UNREACHABLE"],
  ["", 0, "rpc: can't find service Nope", "METHOD_NOT_FOUND"],
  ["", 0, "rpc: can't find method Say.Nope", "METHOD_NOT_FOUND"],
  ["", 0, "plain failure", "REMOTE_ERROR"],
  ["go.micro.rpc", 500, "error during request: plain failure", "REMOTE_ERROR"],
];

describe("the kind of a failure", () => {
  for (const [id, code, detail, reason] of remote)
    it(`is ${reason} for ${code} "${detail}" of "${id}"`, () => {
      const failure = toCliError(new MicroError(id, code, detail), about);
      assert.deepEqual([failure.code, failure.exitCode], [reason, exitCodes[reason]]);
    });

  it("is what this side knows, when it knows", () => {
    assert.equal(toCliError(unavailable("x", "y", { reason: "REGISTRY_UNREACHABLE" })).exitCode, 5);
    assert.equal(toCliError(timeout("x", "y")).exitCode, 6);
    const answered = new MicroError("go.micro.server", 400, "bad", { reason: "REMOTE_ERROR" });
    assert.equal(toCliError(answered, about).exitCode, 4);
  });

  it("has advice for a server at a Unix socket", () => {
    const backend = { name: "consul", address: "/run/consul.sock" };
    const failure = toCliError(unavailable("x", "y", { reason: "REGISTRY_UNREACHABLE", backend }));
    assert.equal(failure.exitCode, 5);
    assert.match(failure.details.hint ?? "", /^start consul at \/run\/consul\.sock, or say where/);
  });

  it("is our bug for anything else, its exit code the same for oclif's two ways", () => {
    const failure = toCliError(new TypeError("x is not a function"));
    assert.deepEqual([failure.code, failure.exitCode, failure.oclif.exit], ["INTERNAL", 70, 70]);
  });

  it("names service, method, node, code and detail in one line", () => {
    const error = new MicroError("go.micro.srv.greeter", 400, "name is required", { node: "greeter-1" });
    const expected = "go.micro.srv.greeter Say.Hello on greeter-1: 400 Bad Request: name is required";
    assert.equal(toCliError(error, about).message, expected);
  });
});
