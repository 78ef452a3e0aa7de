import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { service } from "../../src/service/index.js";

describe("a service with wrong settings", () => {
  it("leaves nothing behind, however often it is created and the error caught", () => {
    const count = () => process.listenerCount("uncaughtExceptionMonitor");
    const wrong = () =>
      service({ name: "go.micro.srv.a", selector: "no-such" as "random", argv: [], env: {} });
    assert.throws(wrong);
    const before = count();
    for (let i = 0; i < 20; i++) assert.throws(wrong);
    assert.equal(count(), before);
  });

  for (const name of ["", "..", "a//b", "a\nb", "a\ud800"])
    it(`refuses the name ${JSON.stringify(name)} where it is given, as a service, an id and a topic`, () => {
      const made = (own: string, argv: readonly string[] = []) =>
        service({ name: own, registry: "memory", argv, env: {} });
      assert.throws(() => made(name), { code: 400, detail: /^register service ".*": a name is not empty/ });
      if (name !== "" && name !== "..")
        assert.throws(() => made("go.micro.srv.a", ["--server_id", name]), {
          code: 400,
          detail: /^--server_id/,
        });
      if (name !== "..")
        assert.throws(() => made("go.micro.srv.a").subscribe(name, async () => {}), { code: 400 });
    });
});
