import assert from "node:assert/strict";
import { it } from "node:test";
import { readAtLeastOnce } from "../../../src/broker/at-least-once/address.js";

it("at_least_once of an address is parsed as a boolean and removed from it", () => {
  const read = (value: string) => readAtLeastOnce([`nats://h:1?at_least_once=${value}`], ["nats"]);
  for (const value of ["true", "True", "TRUE", "1", "yes", "on"])
    assert.deepEqual(read(value), { addresses: ["nats://h:1"], atLeastOnce: true }, value);
  for (const value of ["false", "0", "no", "off"]) assert.equal(read(value).atLeastOnce, false, value);
  for (const value of ["maybe", "", "true&at_least_once=x"])
    assert.throws(() => read(value), { code: 400, reason: "BAD_CONFIG" }, value);
  assert.deepEqual(readAtLeastOnce(undefined, ["nats"]), { addresses: undefined, atLeastOnce: false });
});
