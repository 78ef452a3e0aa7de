import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { raw, rawRequest } from "../support/bytes/raw-http.js";
import { counted } from "../support/listeners.js";

const corpus = JSON.parse(readFileSync(new URL("corpus/origins.json", import.meta.url), "utf8"));

describe("T4: origins that may read", () => {
  it("sends no CORS header unless a list was given", async () => {
    await using http = await counted({ count: 0 });
    for (const origin of [...corpus.listed, ...corpus.foreign])
      for (const method of ["GET", "POST", "OPTIONS"]) {
        const headers = [`Host: ${http.address}`, `Origin: ${origin}`];
        const { head } = await raw(http.address, rawRequest(method, "/counted", headers));
        assert.doesNotMatch(head, /access-control/i, origin);
      }
  });

  it("lets the listed origins read, with credentials, and says that answers vary", async () => {
    await using http = await counted({ count: 0 }, { cors: corpus.listed });
    for (const origin of corpus.listed) {
      const { status, head } = await raw(
        http.address,
        rawRequest("GET", "/counted", [`Host: ${http.address}`, `Origin: ${origin}`]),
      );
      assert.equal(status, 200);
      assert.match(head, new RegExp(`access-control-allow-origin: ${origin}\r\n`, "i"));
      assert.match(head, /access-control-allow-credentials: true/i);
      assert.match(head, /vary: origin/i);
    }
    for (const origin of corpus.foreign) {
      const { head } = await raw(
        http.address,
        rawRequest("GET", "/counted", [`Host: ${http.address}`, `Origin: ${origin}`]),
      );
      assert.doesNotMatch(head, /access-control/i, origin);
    }
  });

  it("answers preflights only for listed origins", async () => {
    await using http = await counted({ count: 0 }, { cors: corpus.listed, token: { value: "x".repeat(32) } });
    const ask = (origin: string) =>
      raw(
        http.address,
        rawRequest("OPTIONS", "/counted", [
          `Host: ${http.address}`,
          `Origin: ${origin}`,
          "Access-Control-Request-Method: PUT",
        ]),
      );
    for (const origin of corpus.listed) assert.match((await ask(origin)).head, /allow-methods: .*PUT/i);
    for (const origin of corpus.foreign) assert.equal((await ask(origin)).status, 403, origin);
  });

  it("never allows credentials with a wildcard", async () => {
    await using http = await counted({ count: 0 }, { cors: ["*"] });
    const { head } = await raw(
      http.address,
      rawRequest("GET", "/counted", [`Host: ${http.address}`, "Origin: https://any.test"]),
    );
    assert.match(head, /access-control-allow-origin: \*/i);
    assert.doesNotMatch(head, /credentials/i);
  });
});
